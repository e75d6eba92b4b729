# For makes other than GNU's, which prefers GNUmakefile. Says which make to run.

.POSIX:

all:
	@echo "This tree needs GNU make. Run: gmake" >&2; exit 1

.DEFAULT:
	@echo "This tree needs GNU make. Run: gmake $@" >&2; exit 1
