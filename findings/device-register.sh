#!/bin/bash
# After READ SECTORS by 28-bit LBA, the device register reads E0h as before, but
# the disk of v86 has other bits 24 to 27 for the next command: the lowest four
# bits of the next sector's number. A command that writes all other registers
# again, and not this one, is refused, or on a large disk reads another sector.
# QEMU and Bochs read the right sector.
#
# Versions: qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3, bochs and bochsbios
# 2.7+dfsg-4+deb12u1 (Debian 12), v86 0.5.462 (npm).
#
# Seen; alternate status after a read of sector 5, the device register, alternate
# status after a read of sector 1 (bit 1 masked):
#   QEMU  58 E0 58
#   Bochs 58 E0 58
#   v86   58 E0 FD
#
# Why a good guess is wrong: the register can be read, and shows what was written.
# ATA-6 does not say what it holds after a command, so a driver has to write it
# each time. One that does so only when it selects another disk, or sectors
# above 8 GiB, works on QEMU and Bochs with small disks. On v86, every second
# transfer fails; if it is tried again from the beginning, it works.
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
	mov $0x0202, %ax		# two more sectors, behind it
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
	mov $0x3F6, %dx			# no interrupts from the disk
	mov $2, %al
	out %al, %dx
	mov $0x1F6, %dx			# the master, LBA
	mov $0xE0, %al
	out %al, %dx
	mov $5, %bh			# sector 5
	call read
	mov $0x300000, %edi
	mov $0x1F0, %dx
	mov $256, %ecx
	rep insw
	mov $0x1F7, %dx
	in %dx, %al
	dec %edx
	in %dx, %al			# the device register
	call print
	mov $1, %bh			# sector 1
	call read
	mov $'\n', %al
	call put
	mov $0, %al
	out %al, $0xF4			# QEMU ends
	mov $word, %esi			# Bochs ends
	mov $0x8900, %dx
	mov $8, %ecx
	rep outsb
9:	hlt
	jmp 9b
word:	.ascii "Shutdown"
# Read a sector of the device that is selected, and print the status after it.
read:	mov $0x1F2, %dx
	mov $1, %al
	out %al, %dx
	inc %edx
	mov %bh, %al
	out %al, %dx
	inc %edx
	mov $0, %al
	out %al, %dx
	inc %edx
	out %al, %dx
	mov $0x1F7, %dx
	mov $0x20, %al			# READ SECTORS
	out %al, %dx
	mov $100000, %ecx		# time enough for any of them
2:	in $0x61, %al
	loop 2b
	mov $0x3F6, %dx
	in %dx, %al
	and $0xFD, %al			# Bochs shows the index mark now and then
print:	mov %al, %dl
	mov $2, %ecx
	shl $24, %edx
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
GUEST
as --32 --defsym SECTOR=1 guest.S -o sector.o &&
	ld -m elf_i386 -Ttext 0x7C00 -e 0x7C00 --oformat binary sector.o -o disk &&
	as --32 guest.S -o guest.o &&
	ld -m elf_i386 -N -z noexecstack --no-warn-rwx-segments \
	-Ttext 0x100000 guest.o -o guest || exit 2
truncate -s $((10 * 16 * 63 * 512)) disk

Q=$(timeout 20 qemu-system-i386 -kernel guest -m 16 \
	-drive file=disk,format=raw -snapshot -display none \
	-monitor none -serial stdio -no-reboot \
	-device isa-debug-exit,iobase=0xf4 </dev/null)
npm install --silent --no-audit --no-fund --cache npm --prefix . v86@0.5.462 \
	>/dev/null 2>&1 || { echo "v86 0.5.462 is not to be had"; exit 2; }
cat > run.mjs <<'RUN'
import { readFileSync } from "node:fs";
import { V86 } from "./node_modules/v86/build/libv86.mjs";
const read = (name) => new Uint8Array(readFileSync(name)).buffer;
let text = "";
new V86({
	wasm_path: "node_modules/v86/build/v86.wasm", autostart: true,
	memory_size: 16 << 20, vga_memory_size: 2 << 20, log_level: 0,
	multiboot: { buffer: read("guest") },
	hda: { buffer: read("disk") },
}).add_listener("serial0-output-byte", (byte) => {
	text += String.fromCharCode(byte);
	if (byte === 10) {
		process.stdout.write(text);
		process.exit(0);
	}
});
RUN
V=$(timeout 30 node run.mjs 2>/dev/null)
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
timeout 30 bochs -q -f bochsrc -rc commands >/dev/null 2>&1 </dev/null
B=$(cat serial)
echo "QEMU:  $Q"
echo "Bochs: $B"
echo "v86:   $V"
[ "${Q% }" = "58 E0 58" ] &&
	[ "${B% }" = "58 E0 58" ] &&
	[ "${V% }" = "58 E0 FD" ] ||
	{ echo changed; exit 1; }
echo "as stated"
