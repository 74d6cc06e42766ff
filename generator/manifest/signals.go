package manifest

import "strings"

// A SignalGroup is one question that the recommender asks about a project, and
// one flag of the commands that recommend.
type SignalGroup struct {
	Name     string // the part before the colon, and the flag: --use
	Title    string
	Subject  string // what it asks for, in the middle of a sentence
	Explain  string // what the question means, in two lines, for who asks
	Flag     string // the flag's help, with `a name` for what it takes
	Many     bool   // several values may be chosen
	Required bool   // a person who is asked has to answer
	Unasked  bool   // hard to tell in advance: nobody is asked, it is left to the flag
	Values   []SignalValue
	Neutral  []SignalValue // accepted values that add no signal; of a group of one value, what Enter alone takes
}

// A SignalValue is one answer of a group.
type SignalValue struct {
	Value string
	Title string
	Ask   string   // a plain question that yes answers with this value
	Words []string // what people say for it, lower case and singular; after ~ what counts only where nothing else is said of the group
	Noun  string   // a project for it may be called: my-chat
}

// SignalGroups is the closed core of signals, in the order in which they are
// asked. It is the one place where a language is named, and all that a group
// needs: flags, completion, help, the questions on a terminal and the words by
// which a description is understood come from it.
func SignalGroups() []SignalGroup {
	return []SignalGroup{
		{Name: "use", Title: "What will this project do?", Explain: "Mark all that it will do. Each adds to the templates that are good at it and takes from others; the sums are shown before anything is made.", Flag: "what the project does, a `LIST`: realtime-chat, rest-api, ml-serving … (scaffold recommend --list)", Many: true, Required: true, Values: []SignalValue{
			{"realtime-chat", "Live chat or messaging, like Slack", "Will people write messages to each other?", split("chat, chatting, chat app, chat room, live chat, group chat, support chat, messaging, messenger, message, direct message, dm, text each other, write to each other, write each other, talk to each other, talk with each other, conversation, slack, whatsapp, discord, telegram, signal, zulip, mattermost, skype, snapchat, intercom, reply to each other, inbox, ~dating, ~helpdesk, ~write to, ~answer each other"), "chat"},
			{"multiplayer-game", "A game that people play together, like Agar.io", "Will people play with or against each other?", split("game, gaming, multiplayer, multi player, player, play together, play against, play with each other, play with friend, battle, arena, tic tac toe, chess, card game, board game, poker, shooter, racing game, browser game, live quiz, agar.io, agar, kahoot, minecraft, skribbl, scrabble, dice, trivia, bingo, ~quiz, tournament, ~play"), "game"},
			{"live-dashboard", "A dashboard that updates itself, like Grafana", "Will people see each other's changes, or new figures, at once?", split("dashboard, live dashboard, monitoring, monitor, real time, realtime, live update, ~live, telemetry, sensor, iot, live map, live tracking, location tracking, track vehicle, gps, updates itself, update itself, see change at once, collaborative, collaboration, collaborate, whiteboard, edit together, draw together, google docs, ticker, stock price, live score, auction, notification, push notification, streaming, stream event, grafana, ~presence, uber, figma, miro, tradingview, watch together, watch party, everyone see, everybody see, see at once, at the same time, simultaneously, instantly, ~together, poll, live vote, voting, vote, straight away, right away, immediately, ~waiting"), "dashboard"},
			{"rest-api", "An API for apps and other services, like Stripe's", "Will a phone app or other programs talk to it?", split("api, rest, restful, rest api, json api, web api, backend for, ~endpoint, microservice, micro service, webhook, mobile app, phone app, ~mobile, ios, android, iphone, flutter, react native, ~integration, ~integrate, third party, sdk, api gateway, stripe, other program, ~other service, ~other system, graphql, openapi, swagger, ~app for my phone, android app, ios app"), "api"},
			{"fullstack-web", "A web app with pages and a server, like Trello", "Will people use it as pages in a browser?", split("web app, webapp, web application, website, web site, ~page, saas, portal, trello, todo, to do list, kanban, social network, forum, ~community, landing page, single page app, spa, web page, full stack, fullstack, frontend and backend, front end and back end, intranet, ~browser, ~sign up, ~log in, twitter, facebook, instagram, reddit, linkedin, pinterest, notion, asana, tinder, dating app, ~form, contact form"), "app"},
			{"data-web-app", "A web app over a lot of data, like Airbnb", "Will it keep many records that belong together, such as orders or bookings?", split("shop, web shop, webshop, online shop, store, online store, e commerce, ecommerce, marketplace, market place, booking, book appointment, reservation, appointment, inventory, warehouse, ~order, product, catalogue, catalog, ~customer, crm, erp, ~record, ~row, ~patient, ~hospital, ~clinic, ~doctor, ~student, ~school, listing, airbnb, invoice, invoicing, billing, ~payment, ~database, ~lot of data, large data, ~employee, library, ticketing, ticket, ~seller, ~property, real estate, ~course, ~member, membership, accounting, bookkeeping, logistics, ~fleet, donation, registration, ~claim, case management, job board, recipe, ~restaurant, ~supplier, procurement, payroll, ~budget, rental, subscription, sell, selling, stock, amazon, ebay, etsy, shopify, salesforce, imdb, goodreads, expense, ~manage, ~organise, ~organize, ~keep track, ~track, ~contact, ~collection, ~shift, ~volunteer, ~enter, ~look up, ~fill in, ~submit, ~approve, ~remind, ~reminder, ~assign, ~clerk, ~citizen, ~parent, ~teacher, ~grade, ~colleague, ~availability, ~room, ~hotel, ~contract, ~bakery, ~order online"), "app"},
			{"ml-serving", "Predictions from a trained model, like a spam filter", "Will a trained model give answers or predictions?", split("machine learning, ml, ~ai, artificial intelligence, ~model, trained model, prediction, predict, predicting, classifier, classify, classification, recommendation engine, recommender, neural network, neural, llm, image recognition, recognise, recognize, spam filter, inference, forecast, forecasting, fraud, fraud detection, detect fraud, sentiment, deep learning, computer vision, embedding, tensorflow, pytorch, scikit learn, sklearn, churn, scoring, anomaly, estimate price, chatgpt, chat gpt, gpt, openai, hugging face, whisper, transcribe, transcription, diagnose, diagnosis, ~detect, ~detection, speech recognition, ocr, ~translate, text to speech, chatbot, chat bot, predictive, tell me what, tell me which, tell which, tell what, identify, guess"), "model"},
			{"admin-cms", "Content and back-office screens, like WordPress", "Will staff keep content or records in screens of their own?", split("admin, admin panel, admin screen, administration, administrator, back office, backoffice, cms, ~content, content management, editor, editorial, blog, article, publish, publishing, news site, newspaper, magazine, wordpress, ~moderator, ~moderation, moderate, wiki, staff manage, staff edit, newsroom, shop, web shop, webshop, online shop, online store, museum, manage content, post article, wikipedia, substack, drupal, ghost, squarespace"), "site"},
			{"data-analysis", "Analysis of data and reports, like a notebook", "Will it work through data and report on it?", split("analysis, analytics, analyse, analyze, analysing, analyzing, ~report, reporting, reporting dashboard, notebook, ~statistic, stats, ~csv, ~excel, spreadsheet, data science, scientific, ~science, ~research, ~chart, ~graph, etl, data pipeline, ~pipeline, big data, visualisation, visualization, visualise, visualize, survey result, experiment, genomic, ~measurement, data processing, process data, numpy, dataset, data set, parquet, batch job, ~batch, ~figure"), "reports"},
		}, Neutral: []SignalValue{
			{Value: "unsure", Title: "Not sure yet"},
		}},
		{Name: "team", Title: "What does the team know best?", Subject: "what the team knows", Explain: "The language that those who will keep it running read with ease. It weighs, and does not decide: a template in another one can still win.", Flag: "what the team knows, a `LANGUAGE`: javascript, python, both or none", Values: []SignalValue{
			{"javascript", "JavaScript or TypeScript", "", split("javascript, java script, typescript, type script, js, ts, node, nodejs, node.js, react, vue, angular, svelte, next.js, nextjs, express, frontend developer, front end developer, frontend team, web developer"), ""},
			{"python", "Python", "", split("python, python3, django, flask, fastapi, pandas, numpy, jupyter, pytorch, tensorflow, sklearn, scikit learn, data scientist"), ""},
		}, Neutral: []SignalValue{
			{Value: "none", Title: "Don't know, or neither"},
			{Value: "both", Title: "Both equally well"},
		}},
		{Name: "concurrency", Title: "How many people or devices at once?", Subject: "the number of people at once", Explain: "Connected at the same moment, not in all: of 10,000 people who have an account, rarely more than 500 are there at once.", Flag: "people or devices connected at once, a `LEVEL`: low (<100), medium (<2,000) or high", Values: []SignalValue{
			{"low", "Fewer than 100", "", split("few people, few user, few friend, handful, small group, dozen, my family, our office, couple of friend"), ""},
			{"medium", "Up to 2,000", "", split("hundred, hundreds, few hundred, several hundred"), ""},
			{"high", "More than 2,000", "", split("thousand, thousands, ten thousand, million, millions, huge number, massive, viral, many connection, many open connection, high traffic, heavy traffic, many concurrent, whole country, worldwide"), ""},
		}, Neutral: []SignalValue{
			{Value: "unsure", Title: "Don't know"},
		}},
		{Name: "workload", Title: "What does it spend its time on?", Subject: "the kind of work", Explain: "Waiting: for databases, networks and people. Calculating: for results that a processor works on for seconds or more.", Flag: "the `KIND` of work: io or cpu", Unasked: true, Values: []SignalValue{
			{"io", "Waiting for networks and disks", "", split("proxy, waiting for network, calls other service, many request"), ""},
			{"cpu", "Calculating", "", split("calculation, heavy calculation, calculating, number crunching, crunching, simulation, simulate, image processing, video encoding, computing, optimisation, optimization"), ""},
		}},
		{Name: "size", Title: "How big will it get?", Subject: "the size", Explain: "Small is one person and a few weeks. Large is many parts and people, kept up for years: there, rules that are built in pay.", Flag: "how big it will get, a `SIZE`: small, medium or large", Values: []SignalValue{
			{"small", "A prototype, one person", "", split("prototype, hackathon, weekend, side project, solo, just me, on my own, by myself, hobby, toy, proof of concept, poc, tiny, small, simple, little, homework, demo"), ""},
			{"medium", "A product, a small team", "", split("small team, small company, startup, start up, three developer, few developer"), ""},
			{"large", "Many modules, years of upkeep", "", split("large, enterprise, big company, large company, large team, many team, many module, years, long term, corporation, government, ministry, bank, university, hospital, big"), ""},
		}, Neutral: []SignalValue{
			{Value: "unsure", Title: "Don't know"},
		}},
		{Name: "priority", Title: "What matters most?", Subject: "what matters most", Explain: "Mark what would decide between two that fit as well. Enter alone says that nothing does.", Flag: "what matters most, a `LIST`: speed-to-market, batteries, one-language, security", Many: true, Values: []SignalValue{
			{"speed-to-market", "Being out soon", "", split("quickly, quick, fast to build, mvp, asap, out soon, soon, deadline, time to market, next week, as fast as possible, ship fast"), ""},
			{"batteries", "Much that is built in", "", split("batteries, batteries included, built in, out of the box"), ""},
			{"one-language", "One language, client and server", "", split("one language, same language, single language, share code, sharing code, shared type, share type"), ""},
			{"security", "Security out of the box", "", split("security, secure, gdpr, hipaa, privacy, confidential, compliance, sensitive data, sensitive, audit"), ""},
		}},
	}
}

// split cuts a list that is written with commas.
func split(list string) []string { return strings.Split(list, ", ") }

// SignalNames lists every core signal as group:value, in table order.
func SignalNames() []string {
	var names []string
	for _, g := range SignalGroups() {
		for _, v := range g.Values {
			names = append(names, g.Name+":"+v.Value)
		}
	}
	return names
}

// SplitSignal gives the group and the value of a signal. A namespace belongs to
// the group: x-acme/use:payments is x-acme/use and payments.
func SplitSignal(name string) (group, value string) {
	group, value, _ = strings.Cut(name, ":")
	return group, value
}
