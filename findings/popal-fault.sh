#!/bin/bash
# POPAL whose fifth word lies in an absent page faults, as it must. On QEMU the
# first registers have their new values already when the handler runs; on Bochs
# and v86 all have the old ones.
#
# Versions: qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3, bochs and bochsbios
# 2.7+dfsg-4+deb12u1 (Debian 12), v86 0.5.462 (npm).
#
# Seen; the low bytes of EDI, ESI, EBP and EBX in the handler: "0" is the old
# value, a letter the new one:
#   QEMU  abc0
#   Bochs 0000
#   v86   0000
#
# Why a good guess is wrong: an instruction that faults has changed no register,
# so that it can be executed again (SDM 3A 6.6), and a handler that prints or saves
# the registers shows those from before. POPAL alone could not be repeated if it
# changed ESP early; QEMU changes that last, and so the rest is not noticed.
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
for tool in node npm; do
	command -v $tool >/dev/null || { echo "needs $tool"; exit 2; }
done
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
gdtr:	.word 23
	.long gdt
idtr:	.word 15 * 8 - 1		# page faults are vector 14
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
	mov $0x200000, %edi		# directory, IDT, table
	mov $3 * 1024, %ecx
	xor %eax, %eax
	rep stosl
	movl $0x83, 0x200000		# the first 4 MiB, at their own place
	mov $fault, %eax
	mov %ax, 0x201000 + 14 * 8
	movw $8, 0x201002 + 14 * 8
	mov $0x8E00, %ax
	mov %eax, 0x201004 + 14 * 8
	lidt idtr
	movl $0x202003, 0x200004	# 4 MiB to 8 MiB: a table
	movl $0x300003, 0x202000	# with its first page only
	movl $'a', 0x300FF0		# four words before its end
	movl $'b', 0x300FF4
	movl $'c', 0x300FF8
	movl $0, 0x300FFC
	mov %cr4, %eax
	or $0x10, %al			# 4 MiB pages
	mov %eax, %cr4
	mov $0x200000, %eax
	mov %eax, %cr3
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	mov $'0', %edi
	mov %edi, %esi
	mov %edi, %ebp
	mov %edi, %ebx
	mov $0x400FF0, %esp
	popal
	jmp end				# no fault
fault:	mov $0x80000, %esp
	mov %edi, %eax
	call put
	mov %esi, %eax
	call put
	mov %ebp, %eax
	call put
	mov %ebx, %eax
	call put
	jmp end
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
as --32 --defsym SECTOR=1 guest.S -o sector.o &&
	ld -m elf_i386 -Ttext 0x7C00 -e 0x7C00 --oformat binary sector.o -o disk &&
	as --32 guest.S -o guest.o &&
	ld -m elf_i386 -N -z noexecstack --no-warn-rwx-segments \
	-Ttext 0x100000 guest.o -o guest || exit 2
truncate -s $((10 * 16 * 63 * 512)) disk

Q=$(timeout 60 qemu-system-i386 -kernel guest -m 16 -display none \
	-monitor none -serial stdio -no-reboot \
	-device isa-debug-exit,iobase=0xf4 </dev/null)
npm install --silent --no-audit --no-fund --cache npm --prefix . v86@0.5.462 \
	>/dev/null 2>&1 || { echo "v86 0.5.462 is not to be had"; exit 2; }
cat > run.mjs <<'RUN'
import { readFileSync } from "node:fs";
import { V86 } from "./node_modules/v86/build/libv86.mjs";
let text = "";
new V86({
	wasm_path: "node_modules/v86/build/v86.wasm", autostart: true,
	memory_size: 16 << 20, vga_memory_size: 2 << 20, log_level: 0,
	multiboot: { buffer: new Uint8Array(readFileSync("guest")).buffer },
}).add_listener("serial0-output-byte", (byte) => {
	text += String.fromCharCode(byte);
	if (byte === 10) {
		process.stdout.write(text);
		process.exit(0);
	}
});
RUN
V=$(timeout 60 node run.mjs 2>/dev/null)
cat > bochsrc <<RC
romimage: file=$T/root/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=$T/root/usr/share/bochs/VGABIOS-lgpl-latest
display_library: rfb, options="timeout=0"
megs: 32
cpu: model=p3_katmai, ips=50000000
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
echo "QEMU:  $Q"
echo "Bochs: $B"
echo "v86:   $V"
[ "$Q" = "abc0" ] && [ "$B" = "0000" ] &&
	[ "$V" = "0000" ] ||
	{ echo changed; exit 1; }
echo "as stated"
