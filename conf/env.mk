# Settings for this machine. Uncomment and edit. Values on make's command line
# take precedence.

# Verbose: show each command.
#V=1

# The prefix of your toolchain's names, before gcc, ld, objcopy and so on.
#GCCPREFIX=i686-elf-

# A QEMU that is not on the PATH, or another version.
#QEMU=/opt/qemu/bin/qemu-system-i386

# The size of the swap area, obj/swap.img, in MiB; 0 for none.
#SWAP=64
