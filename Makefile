# The project's commands. Each one's work is in the Go tests or in scripts/.
.PHONY: run setup test test-fast check check-long golden licenses bench bench-templates

run:             ## make a project
	go run ./cmd/scaffold new

setup:           ## check for the programs that the tests use; as root, install them
	sh scripts/setup

test: setup      ## everything: first what installs nothing, then each template installed and run
	sh scripts/with-tools go test -short -count=1 ./...
	@go test -run TestAgreement -v ./generator/recommend | grep agreement
	sh scripts/with-tools go test -count=1 -p 1 -v -timeout 80m ./templates ./cmd/scaffold ./generator/templatetest

test-fast:       ## everything that installs nothing
	go test -short ./...

check:           ## format, vet, staticcheck, race detector, builds for other systems
	sh scripts/check

check-long:      ## fuzzing, long sweeps, and the generated tests with what they test broken
	sh scripts/check-long

golden:          ## write the templates' expected trees anew, to be read in the diff
	go test ./templates -short -run TheDoor -update
	go test ./generator/recommend ./generator/prompt ./generator/internal/funcs -update

licenses:        ## copy the licence texts into the templates
	sh scripts/licenses

bench:           ## scaffold beside cp, git and other generators
	sh scripts/with-tools go test ./internal/bench -run '^$$' -bench Generate -benchtime 1x -timeout 60m

bench-templates: ## the generated servers beside bare ones
	SCAFFOLD_BENCH=1 sh scripts/with-tools go test ./templates -count=1 -run '^TestBench$$' -v -timeout 90m
