#!/bin/bash
# qboot, a firmware that QEMU brings for quick starts, hands the machine over
# with the local APIC as a reset leaves it. SeaBIOS sets the virtual wire up:
# APIC on (SVR bit 8), LINT0 as ExtINT. The 8259As' interrupts reach a guest
# that programs only the 8259As under SeaBIOS, and never under qboot, though
# both started the same Multiboot kernel on the same machine.
#
# Versions: qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3, qemu-system-data
# 1:7.2+dfsg-7+deb12u18 (qboot.rom), seabios 1.16.2-1 (Debian 12).
#
# Seen; MSR 1Bh, SVR, LVT LINT0, then whether a tick of the 8254 arrived within
# 0.2 s of the time-stamp counter (1) or not (0):
#   SeaBIOS  FEE00900 000001FF 00008700 1
#   qboot    FEE00900 000000FF 00010000 0
#
# Why a good guess is wrong: "after reset the local APIC is off, so LINT0 goes
# through to the processor" holds only while MSR 1Bh has bit 11 clear. Here the
# APIC is enabled there, disabled by software in SVR, and its LINT0 is masked
# (SDM 3A 11.4.7.1, 11.5.1): a kernel must set LINT0 up even if it uses nothing
# but 8259As.
set -u
T=$(mktemp -d) || exit 2
trap 'rm -rf "$T"' EXIT
# Debian packages, and what they need that is not installed, in $T/root.
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
	$(type as ld >/dev/null 2>&1 || echo binutils=2.40-2)
cd "$T" || exit 2

cat > guest.S <<'GUEST'
	.long 0x1BADB002, 0, -0x1BADB002
	.globl _start
_start:	cli
	lgdt gdtr
	ljmp $8, $1f
1:	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $0x80000, %esp
	cld
	mov $0x3FB, %dx			# 8 bits on COM1
	mov $3, %al
	out %al, %dx
	mov $0x1B, %ecx
	rdmsr
	mov %eax, %edx
	call hex
	mov 0xFEE000F0, %edx
	call hex
	mov 0xFEE00350, %edx
	call hex

	mov $tick, %eax			# an interrupt gate for IRQ 0
	mov %ax, 0x70100
	movw $8, 0x70102
	movw $0x8E00, 0x70104
	shr $16, %eax
	mov %ax, 0x70106
	lidt idtr
	mov $0x11, %al			# 8259As: IRQs at 20h and 28h
	out %al, $0x20
	out %al, $0xA0
	mov $0x20, %al
	out %al, $0x21
	mov $0x28, %al
	out %al, $0xA1
	mov $4, %al
	out %al, $0x21
	mov $2, %al
	out %al, $0xA1
	mov $1, %al
	out %al, $0x21
	out %al, $0xA1
	mov $0xFE, %al			# only IRQ 0
	out %al, $0x21
	mov $0xFF, %al
	out %al, $0xA1
	mov $0x34, %al			# 8254: 100 Hz
	out %al, $0x43
	mov $0x9C, %al
	out %al, $0x40
	mov $0x2E, %al
	out %al, $0x40
	movl $'0', seen
	rdtsc
	mov %eax, %esi
	mov %edx, %edi
	add $200000000, %esi		# QEMU's counter: about 1 GHz
	adc $0, %edi
	sti
2:	rdtsc
	sub %esi, %eax
	sbb %edi, %edx
	js 2b
	cli
	mov seen, %al
	call put
	mov $'\n', %al
	call put
	mov $0, %al
	out %al, $0xF4
9:	hlt
	jmp 9b

tick:	movl $'1', seen
	push %eax
	mov $0x20, %al
	out %al, $0x20
	pop %eax
	iret
hex:	mov $8, %ecx
7:	rol $4, %edx
	mov %dl, %al
	and $15, %al
	cmp $10, %al
	sbb $0x69, %al
	das
	call put
	loop 7b
	mov $' ', %al
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
	.align 8
gdt:	.quad 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF
gdtr:	.word 23
	.long gdt
idtr:	.word 0x21 * 8 - 1
	.long 0x70000
seen:	.long 0
GUEST
as --32 guest.S -o guest.o &&
	ld -m elf_i386 -N -z noexecstack --no-warn-rwx-segments \
	-Ttext 0x100000 guest.o -o guest || exit 2

start()	# firmware options ...
{
	timeout 20 qemu-system-i386 "$@" -kernel guest -m 64 -display none \
		-monitor none -serial stdio -no-reboot \
		-device isa-debug-exit,iobase=0xf4 </dev/null
}
S=$(start -L "$T/root/usr/share/seabios" -L "$T/root/usr/share/qemu")
B=$(start -bios "$T/root/usr/share/qemu/qboot.rom")
echo "SeaBIOS: $S"
echo "qboot:   $B"
[ "${S##*$'\n'}" = "FEE00900 000001FF 00008700 1" ] &&
	[ "${B##*$'\n'}" = "FEE00900 000000FF 00010000 0" ] ||
	{ echo changed; exit 1; }
echo "as stated"
