# Only a make that is not GNU's reads this file: GNU make prefers GNUmakefile.
# All it does is to say which make to run instead.

.POSIX:

all:
	@echo "This tree needs GNU make. Run: gmake" >&2; exit 1

.DEFAULT:
	@echo "This tree needs GNU make. Run: gmake $@" >&2; exit 1
