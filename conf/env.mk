# Settings for this machine. Uncomment and edit; a value on make's command line
# wins over one here.

# Verbose: show each command.
#V=1

# What stands before gcc, ld, objcopy ... in your toolchain's names.
#GCCPREFIX=i686-elf-

# A QEMU that is not on the PATH, or a special one.
#QEMU=/opt/qemu/bin/qemu-system-i386
