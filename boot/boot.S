#include <boot/boot.h>
	.section .real,"ax",@progbits
	.code16
	.globl start
start:
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$STACK, %sp
	push	%dx
	movl	$WORD4('L','B','A','?'), %esi
	mov	$0x41, %ah
	mov	$0x55aa, %bx
	int	$0x13
	jc	stop

	mov	$0x2401, %ax
	int	$0x15

	mov	$MAP + 4, %di
	xor	%ebx, %ebx
	xor	%ecx, %ecx
1:	mov	$20, %cl
	mov	%ecx, -4(%di)
	mov	$0xe820, %eax
	mov	$0x534d4150, %edx
	int	$0x15
	jc	2f
	add	$24, %di
	jc	2f
	test	%ebx, %ebx
	jnz	1b
2:	sub	$MAP + 4, %di
	xor	%eax, %eax
	cltd
	push	%ax
	pushw	$MAP
	push	%ax
	pushw	%di
	sub	$40, %sp
	pushl	$0x40
	push	%ax
	pushw	$load_kernel
	mov	$1, %cx
	mov	$HEADER, %bp
read:	pushal
	shr	$9, %edx
	inc	%dx
	pushl	%eax
	pushl	%edx
	push	%ax
	push	%bp
	push	%cx
	pushw	$16
	mov	%sp, %si
	mov	$0x42, %ah
	mov	DRIVE, %dl
	int	$0x13
	popaw
	popal
	jnc	to_prot
	decb	retries
	jnz	read
	movl	$WORD4('d','i','s','k'), %esi
stop:	pushl	%esi
	pushw	$0x0a0d
	mov	$0xe3, %ax
	cwd
	int	$0x14
	xor	%bx, %bx
	mov	%sp, %si
	mov	$6, %cx
1:	lodsb
	mov	$0x0e, %ah
	int	$0x10
	mov	$1, %ah
	int	$0x14
	loop	1b
1:	hlt
	jmp	1b

to_prot:
	cli
	cld
	in	$0x92, %al
	or	$2, %al
	out	%al, $0x92
	lgdt	gdtr
	mov	$1, %al
	mov	%eax, %cr0
	ljmp	$CODE32, $in_prot

from_prot:
	mov	%eax, %cr0
	ljmp	$0, $1f
1:	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	jcxz	stop
	jmp	read

	.code32
	.section .prot,"ax",@progbits
in_prot:
	mov	$DATA32, %al
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	ret
	.globl	fail, load
load:	pushal
	mov	4(%eax), %edx
	mov	12(%eax), %edi
	mov	16(%eax), %ecx
	mov	20(%eax), %ebx
	sub	%ecx, %ebx
	mov	$BOUNCE, %ebp
chunk:	jecxz	zero
	push	%ecx
	mov	%edx, %esi
	and	$SECTSIZE - 1, %esi
	lea	-1(%ecx), %eax
	and	$CHUNK - 1, %eax
	lea	(%eax,%esi), %ecx
	shr	$9, %ecx
	inc	%ecx
	inc	%eax
	add	%ebp, %esi
	push	%eax
	call	xread
	pop	%ecx
	add	%ecx, %edx
	sub	%ecx, (%esp)
	rep movsb
	pop	%ecx
	jmp	chunk
zero:	xchg	%ebx, %ecx
	xor	%eax, %eax
	rep stosb
	popal
	ret
fail:	xchg	%eax, %esi
	xor	%ecx, %ecx
xread:	xor	%eax, %eax
	ljmp	$CODE16, $from_prot
gdt = . - 2
gdtr:	.word	gdt_end - gdt - 1
	.long	gdt
	.word	0xffff, 0, 0x9a00, 0xcf
	.word	0xffff, 0, 0x9200, 0xcf
	.word	0xffff, 0, 0x9a00, 0
gdt_end:
retries: .byte 5
	.section .note.GNU-stack,"",@progbits
