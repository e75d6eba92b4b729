# The part of the C library that the kernel shares with user programs.

LIB_KERN_SRCS := lib/cprintf.c lib/printfmt.c lib/readline.c lib/keys.c \
	lib/string.c lib/number.c
LIB_KERN_OBJS := $(LIB_KERN_SRCS:%.c=$(OBJDIR)/%.o)

# Loops in these files must not become calls of the functions that they implement.
$(OBJDIR)/lib/string.o $(OBJDIR)/lib/int64.o: FILE_CFLAGS := -fno-builtin

$(OBJDIR)/lib/%.o: lib/%.c $(OBJDIR)/.stamp-cc
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(WARN_CFLAGS) $(CFLAGS) \
		$(FILE_CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

-include $(LIB_KERN_OBJS:.o=.d)
