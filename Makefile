# The project's commands. Each one's work is in the Go tests or in scripts/.
.PHONY: run setup test test-projects test-all test-fast check check-long golden shared bench bench-quick bench-templates bench-update release-templates dist recording

run:             ## make a project
	go run ./cmd/scaffold new

setup:           ## check for the programs that the tests use; as root, install them
	sh scripts/setup

test:            ## all that scaffold promises of itself; it installs no project
	sh scripts/test $(PACKAGES)
	@go test -run TestAgreement -v ./generator/recommend | grep agreement

test-projects:   ## each template's project made, installed, run and tested by its own README
	sh scripts/test projects $(PACKAGES)

test-all:        ## the rest: each sample, each pair of choices, hostile machines, what changed broken on purpose
	sh scripts/test all $(PACKAGES)

test-fast:       ## everything that installs nothing
	go test -short ./...

check: setup     ## format, vet, staticcheck, race detector, builds for other systems
	sh scripts/check

check-long:      ## fuzzing, long sweeps, and all that is broken on purpose, here and in the generated projects
	sh scripts/check-long

golden:          ## write the templates' expected trees anew, to be read in the diff
	go test ./templates -short -run TheDoor -update
	go test ./generator/recommend ./generator/prompt ./generator/internal/funcs ./generator/internal/jinja -update
	SCAFFOLD_LONG=1 go test ./generator/internal/foreign -run TheirTools -update

recording:       ## draw docs/recording.svg anew, from the program on a terminal
	go test ./cmd/scaffold -run TestTheRecording -update

shared:          ## copy into the templates what several of them have alike
	sh scripts/shared

dist:            ## what a release consists of, into dist/: archives, .deb, npm, wheels, checksums, bills of materials
	go run ./internal/release/dist

release-templates: ## freeze the built-in templates as they are, for updates of projects that are made with them
	go run ./internal/release/pack

bench-update:    ## updates of a project that people have changed, beside copier and cruft
	sh scripts/bench-update

bench:           ## scaffold beside cp, git and other generators
	sh scripts/with-tools go test ./internal/bench -run '^$$' -bench Generate -benchtime 1x -timeout 60m

bench-quick:     ## the same without other generators and without the largest size, in two minutes
	go test ./internal/bench -run '^$$' -bench Quick -benchtime 1x

bench-templates: ## the generated servers beside bare ones
	SCAFFOLD_BENCH=1 sh scripts/with-tools go test ./templates/... -p 1 -count=1 -run '^TestBench$$' -v -timeout 90m
