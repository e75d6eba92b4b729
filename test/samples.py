"""Consoles, symbols and a trace for the graders' tests."""

SYMBOLS = """\
0010000c T _start
f010000c T entry
f0100040 T i386_init
f01000a0 T test_backtrace
f0100200 t mem_check
f0102000 T page_init
f0110000 D bootstack
"""

BACKTRACE = """\
Stack backtrace:
  ebp f0117ed8  eip f01000f0  args 00000000 00000000 00000000 f0117f08 00000000
         kern/init.c:19: test_backtrace+80
  ebp f0117ef8  eip f01000d4  args 00000000 00000001 f0117f38 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f18  eip f01000d4  args 00000001 00000002 f0117f58 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f38  eip f01000d4  args 00000002 00000003 f0117f78 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f58  eip f01000d4  args 00000003 00000004 00000000 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f78  eip f01000d4  args 00000004 00000005 00000000 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f98  eip f0100060  args 00000005 00001aac 00000000 00000000 00000000
         kern/init.c:33: i386_init+32
  ebp f0117ff8  eip f010003e  args 00111021 00000000 00000000 00000000 00000000
         kern/entry.S:83: entry+50
"""

CHECKS = """\
check_page_free_list() succeeded!
check_page_alloc() succeeded!
check_page() succeeded!
check_kern_pgdir() succeeded!
check_page_free_list() succeeded!
check_page_installed_pgdir() succeeded!
"""

PROMPT = """\
Welcome to the JOS kernel monitor!
Type 'help' for a list of commands.
K> """

CONSOLE = ("6828 decimal is 15254 octal!\n" + BACKTRACE
           + "Physical memory: 131072K available, base = 640K,"
           " extended = 130432K\n" + CHECKS + PROMPT)

FAIL = """\
FAIL check_page/insert_replaces: page_insert over a mapping removes it
    expected: pp0->pp_ref == 0
    found:    1
    at kern/check_pmap.c:123
"""

TRACE = """\
CPU Reset (CPU 0)
check_exception old: 0xffffffff new 0xe
     0: v=0e e=0002 i=0 cpl=0 IP=0008:f010202c pc=f010202c SP=0010:f0117fc0 \
CR2=00000014
EAX=00000001
check_exception old: 0xe new 0xb
     1: v=08 e=0000 i=0 cpl=0 IP=0008:f010202c pc=f010202c SP=0010:f0117fc0 \
env->regs[R_EAX]=00000001
check_exception old: 0x8 new 0xb
Triple fault
"""
