# The kernel: ELF file, listing, symbols, and the disk image.

# Every source file in these folders is part of the kernel. kernel.ld determines
# the link order.
KERN_DIRS := kern kern/dev kern/monitor
ifneq ($(CHECK),0)
KERN_DIRS += kern/check kern/check/own
else
# Only checks and graders use this file.
KERN_LEFT_OUT := kern/dev/fwcfg.c
endif
ifneq ($(BENCH),0)
KERN_DIRS += kern/bench
endif
KERN_SRCS := $(filter-out $(KERN_LEFT_OUT),$(sort $(wildcard \
	$(KERN_DIRS:%=%/*.c) $(KERN_DIRS:%=%/*.S))))
KERN_OBJS := $(addprefix $(OBJDIR)/,$(addsuffix .o,$(basename $(KERN_SRCS))))

# Hot functions: one whose only calls are tail calls needs no stack frame. See
# the head of kern/page.c.
$(OBJDIR)/kern/page.o $(OBJDIR)/kern/pmap.o $(OBJDIR)/kern/dev/ide.o: \
	FILE_CFLAGS := \
	-foptimize-sibling-calls
# INIT_CFLAGS chooses the program to start (make run-NAME). No optimisation at
# link time: the backtrace at boot shows init.c's frames.
$(OBJDIR)/kern/init.o: FILE_CFLAGS = -fno-lto $(INIT_CFLAGS)
$(OBJDIR)/kern/init.o: $(OBJDIR)/.stamp-init

$(OBJDIR)/kern/%.o: kern/%.c $(OBJDIR)/.stamp-cc
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(WARN_CFLAGS) $(CFLAGS) \
		$(FILE_CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

$(OBJDIR)/kern/%.o: kern/%.S $(OBJDIR)/.stamp-cc
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

# Link twice: the table of functions and lines is made from the first kernel.
# It goes after all code, so that it does not move what it describes.
KERN_LINK = $(LD) $(LDFLAGS) -T kernel.ld $(KERN_OBJS) $(LIB_KERN_OBJS) \
	$(USER_KERN_OBJS)

$(OBJDIR)/kern/ksyms0.S: tools/ksyms
	@mkdir -p $(@D)
	$(Q)sh tools/ksyms > $@~
	$(Q)$(MOVE)

$(OBJDIR)/kern/kernel0: $(KERN_OBJS) $(LIB_KERN_OBJS) \
		$(USER_KERN_OBJS) $(OBJDIR)/kern/ksyms0.o \
		kernel.ld $(OBJDIR)/.stamp-ld
	$(Q)$(KERN_LINK) $(OBJDIR)/kern/ksyms0.o -o $@~
	$(Q)$(MOVE)

$(OBJDIR)/kern/ksyms.S: $(OBJDIR)/kern/kernel0 tools/ksyms
	$(call say,KSYMS,$@)
	$(Q)NM='$(NM)' OBJDUMP='$(OBJDUMP)' ADDR2LINE='$(ADDR2LINE)' \
		sh tools/ksyms $< > $@~
	$(Q)$(MOVE)

$(OBJDIR)/kern/ksyms%.o: $(OBJDIR)/kern/ksyms%.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)
$(OBJDIR)/kern/ksyms.o: $(OBJDIR)/kern/ksyms.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

# The second link must not have moved any code.
$(OBJDIR)/kern/kernel: $(OBJDIR)/kern/kernel0 $(OBJDIR)/kern/ksyms.o
	$(call say,LD,$@)
	$(Q)$(KERN_LINK) $(OBJDIR)/kern/ksyms.o -o $@~
	$(Q)$(NM) $< | grep -i ' t ' | LC_ALL=C sort > $@.text0~
	$(Q)$(NM) $@~ | grep -i ' t ' | LC_ALL=C sort | cmp - $@.text0~ || \
		{ echo 'kern/build.mk: the symbol table moved code' >&2; exit 1; }
	$(Q)rm -f $@.text0~
	$(Q)$(MOVE)

$(OBJDIR)/kern/kernel.asm: $(OBJDIR)/kern/kernel
	$(call say,ASM,$@)
	$(Q)$(OBJDUMP) -S $< > $@~
	$(Q)$(MOVE)

$(OBJDIR)/kern/kernel.sym: $(OBJDIR)/kern/kernel
	$(Q)$(NM) -n $< > $@~
	$(Q)$(MOVE)

# The disk image: the boot sector, the kernel without debug information, and
# zeroes up to a multiple of IMAGE_SECTORS. Some BIOSes guess the geometry from
# the size.
IMAGE_SECTORS := 10240

$(OBJDIR)/kern/kernel.stripped: $(OBJDIR)/kern/kernel
	$(Q)$(OBJCOPY) --strip-all $< $@~
	$(Q)$(MOVE)

$(OBJDIR)/kern/kernel.img: $(OBJDIR)/boot/boot $(OBJDIR)/kern/kernel.stripped
	$(call say,IMAGE,$@)
	$(Q)bytes=$$(wc -c < $(OBJDIR)/kern/kernel.stripped) && \
		dd if=/dev/zero of=$@~ bs=512 count=$$(((bytes / 512 + 1) / \
		$(IMAGE_SECTORS) * $(IMAGE_SECTORS) + $(IMAGE_SECTORS))) 2>/dev/null
	$(Q)dd if=$(OBJDIR)/boot/boot of=$@~ conv=notrunc 2>/dev/null
	$(Q)dd if=$(OBJDIR)/kern/kernel.stripped of=$@~ bs=512 seek=1 \
		conv=notrunc 2>/dev/null
	$(Q)$(MOVE)

-include $(KERN_OBJS:.o=.d)
