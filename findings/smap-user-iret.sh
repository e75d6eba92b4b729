#!/bin/bash
# IRET and a far RET from user mode to user mode, with SMAP on. On Bochs they
# return. On QEMU each page-faults, as if the kernel had read the user's stack.
#
# Versions: qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3, bochs and bochsbios
# 2.7+dfsg-4+deb12u1 (Debian 12). (v86 has no SMAP.)
#
# Seen: after IRET, after far RET; "-" if it returns, else the error code of the
# page fault, and the CPL that was saved with it:
#   QEMU, SMAP on   1313
#   QEMU, SMAP off  --
#   Bochs, SMAP on  --
#
# Why a good guess is wrong: at CPL 3, reading the stack is a user's access, which
# SMAP does not concern (SDM 3A 4.6). An error code without bit 2, U/S, together
# with a saved CPL of 3 looks like a fault of the kernel's own. A program meets
# this that returns from a handler by IRET.
set -u
T=$(mktemp -d) || exit 2
trap 'rm -rf "$T"' EXIT
# Debian packages, and what they need that is not installed, in $T/root; by
# package lists of its own where the machine's do not do.
debian() {
	local get=(apt-get -qq -o Dir::Cache="$T/apt" -o Debug::NoLocking=1
		-o Acquire::Languages=none)
	local install=(install -y --download-only --reinstall --allow-downgrades
		--no-install-recommends "$@")
	local lib=lib/x86_64-linux-gnu
	mkdir -p "$T/apt/archives/partial" "$T/apt/lists/partial" "$T/root"
	"${get[@]}" "${install[@]}" >"$T/apt/log" 2>&1 || {
		rm -f "$T"/apt/archives/*.deb
		get+=(-o Dir::State::lists="$T/apt/lists")
		"${get[@]}" update && "${get[@]}" "${install[@]}"
	} >"$T/apt/log" 2>&1 || { echo "not to be had: $*"; exit 2; }
	printf '%s\0' "$T"/apt/archives/*.deb |
		xargs -0 -P 2 -I '{}' dpkg -x '{}' "$T/root" || exit 2
	export PATH=$T/root/usr/libexec:$T/root/usr/bin:$PATH
	export LD_LIBRARY_PATH=$T/root/usr/$lib:$T/root/$lib
}
debian qemu-system-{x86,common}=1:7.2+dfsg-7+deb12u18+b3 \
	qemu-system-data=1:7.2+dfsg-7+deb12u18 seabios=1.16.2-1 \
	ipxe-qemu=1.0.0+git-20190125.36a4c85-5.1 \
	bochs{,bios,-term}=2.7+dfsg-4+deb12u1 vgabios=0.8a+ds-2 \
	$(type as ld >/dev/null 2>&1 || echo binutils=2.40-2)
export LTDL_LIBRARY_PATH=$T/root/usr/lib/x86_64-linux-gnu/bochs/plugins
cd "$T" || exit 2

cat > guest.S <<'GUEST'
	.ifdef SECTOR
	.code16				# the boot sector, for Bochs
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7C00, %sp
	mov $0x0202, %ax		# two more sectors, after it
	mov $0x7E00, %bx
	mov $2, %cx
	mov $0, %dh
	int $0x13
	cli
	lgdt gdtr
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmp $8, $main
	.else
	.long 0x1BADB002, 0, -0x1BADB002
	.globl _start
_start:	lgdt gdtr
	ljmp $8, $main
	.endif
gdt:	.quad 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF
	.quad 0x00CFFA000000FFFF, 0x00CFF2000000FFFF
	.quad 0x0000892030000067	# TSS at 0x203000
gdtr:	.word 47
	.long gdt
idtr:	.word 0x81 * 8 - 1
	.long 0x201000
	.ifdef SECTOR
	.org 510
	.word 0xAA55
	.endif

	.code32
main:	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $0x80000, %esp
	cld
	mov $0x3FB, %dx			# 8 bits on COM1
	mov $3, %al
	out %al, %dx
	mov $0x200000, %edi		# directory, IDT, TSS
	mov $4 * 1024, %ecx
	xor %eax, %eax
	rep stosl
	movl $0x83, 0x200000		# the first 4 MiB: the kernel's
	movl $0x400087, 0x200004	# the next: the user's
	movl $0x80000, 0x203004		# the kernel's stack, for traps
	movl $16, 0x203008
	mov $fault, %eax		# vector 14, for the kernel
	mov %ax, 0x201000 + 14 * 8
	movw $8, 0x201002 + 14 * 8
	mov $0x8E00, %ax
	mov %eax, 0x201004 + 14 * 8
	mov $back, %eax			# vector 0x80, for users
	mov %ax, 0x201000 + 0x80 * 8
	movw $8, 0x201002 + 0x80 * 8
	mov $0xEE00, %ax
	mov %eax, 0x201004 + 0x80 * 8
	lidt idtr
	mov $0x28, %ax
	ltr %ax
	mov $user, %esi
	mov $0x400000, %edi
	mov $user_end - user, %ecx
	rep movsb
	mov %cr4, %eax
	or $CR4, %eax
	mov %eax, %cr4
	mov $0x200000, %eax
	mov %eax, %cr3
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	mov $0x400000, %eax
	call go
	mov $0x400000 + by_lret - user, %eax
	call go
	jmp end

go:	pop %ebx			# run the user at eax, then return
	push $0x23
	push $0x480000
	push $2
	push $0x1B
	push %eax
	iret
fault:	pop %ecx			# the error code
	mov 4(%esp), %edx		# CS
	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %ecx, %eax
	add $'0', %al
	call put
	mov %edx, %eax
	and $3, %al
	add $'0', %al
	jmp 1f
back:	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov $'-', %al
1:	call put
	mov $0x80000, %esp
	jmp *%ebx

user:	pushf
	push %cs
	push $0x400000 + returned - user
	iret
by_lret:
	push %cs
	push $0x400000 + returned - user
	lret
returned:
	int $0x80
user_end:
end:	mov $'\n', %al
	call put
	mov $0x3FD, %dx			# until the last bit is sent
7:	in %dx, %al
	test $0x40, %al
	jz 7b
	mov $0, %al
	out %al, $0xF4			# QEMU ends
	mov $word, %esi			# Bochs ends
	mov $0x8900, %dx
	mov $8, %ecx
	rep outsb
9:	hlt
	jmp 9b
word:	.ascii "Shutdown"
put:	push %edx
	mov %al, %ah
	mov $0x3FD, %dx
8:	in %dx, %al
	test $0x20, %al
	jz 8b
	mov %ah, %al
	mov $0x3F8, %dx
	out %al, %dx
	pop %edx
	ret
GUEST
# PSE, and SMAP or not.
for smap in 0 1; do
	set -- --32 --defsym CR4=$((0x10 + smap * 0x200000)) guest.S
	as "$@" -o guest.o &&
		ld -m elf_i386 -N -z noexecstack --no-warn-rwx-segments \
		-Ttext 0x100000 guest.o -o guest$smap || exit 2
done
as "$@" --defsym SECTOR=1 -o sector.o &&
	ld -m elf_i386 -Ttext 0x7C00 -e 0x7C00 --oformat binary sector.o \
	-o disk || exit 2
truncate -s $((10 * 16 * 63 * 512)) disk

for smap in 0 1; do
	Q[smap]=$(timeout 60 qemu-system-i386 -cpu max -kernel guest$smap \
		-m 16 -display none -monitor none -serial stdio -no-reboot \
		-device isa-debug-exit,iobase=0xf4 </dev/null)
done
cat > bochsrc <<RC
romimage: file=$T/root/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=$T/root/usr/share/bochs/VGABIOS-lgpl-latest
display_library: rfb, options="timeout=0"
megs: 32
cpu: model=broadwell_ult, ips=50000000
clock: sync=none
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path=disk, mode=flat
boot: disk
com1: enabled=1, mode=file, dev=serial
log: log
panic: action=fatal
sound: driver=dummy
RC
echo continue > commands
timeout 90 bochs -q -f bochsrc -rc commands >/dev/null 2>&1 </dev/null
B=$(cat serial)
echo "QEMU, SMAP on:  ${Q[1]}"
echo "QEMU, SMAP off: ${Q[0]}"
echo "Bochs, SMAP on: $B"
[ "${Q[1]}" = "1313" ] && [ "${Q[0]}" = "--" ] && [ "$B" = "--" ] ||
	{ echo changed; exit 1; }
echo "as stated"
