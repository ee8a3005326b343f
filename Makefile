# Builds, tests, measures and installs ring3.  `make help` lists the targets.
# V=release|asan|tsan|hostile chooses a variant, built in build/$(V)/.  CC=clang works too.

V       ?= release
ifeq ($(origin CC),default)
CC      := gcc
endif
OBJCOPY ?= objcopy
CLANG   ?= clang-19
# Debian installs it where only root looks.
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX  ?= /usr/local
VERSION := 0.1.0
B       := build/$(V)
# VERBOSE=1 shows the commands.
ifneq ($(VERBOSE),1)
.SILENT:
MAKEFLAGS += --no-print-directory
say      = printf '  %-6s %s\n' $(1) $@;
endif

# What came from the environment would go back there with what is added here.
OUTSIDE := CPPFLAGS='$(CPPFLAGS)' CFLAGS='$(CFLAGS)' LDFLAGS='$(LDFLAGS)' LDLIBS='$(LDLIBS)'

PKGS    := libbpf jansson libpcap libdw libelf
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
           -Wwrite-strings -Wcast-qual -Wswitch-enum -Wimplicit-fallthrough -Wformat=2 -Werror
CPPFLAGS += -Isrc -Iinclude -Itests -I$(B) -D_GNU_SOURCE -DRING3_VERSION='"$(VERSION)"' \
            $(shell pkg-config --cflags $(PKGS))
CFLAGS  += -std=gnu11 -g -fPIC -fvisibility=hidden -fno-strict-aliasing -pthread $(WARN) -MMD -MP
LDLIBS  += $(shell pkg-config --libs $(PKGS)) -lZydis -pthread -ldl -lm

# libbpf's option macros are GNU C.
ifneq ($(findstring clang,$(CC)),)
$(B)/src/cli/%.o: CFLAGS += -Wno-gnu-statement-expression -Wno-gnu-zero-variadic-macro-arguments
endif

ifeq ($(V),release)
CFLAGS  += -O2
else ifeq ($(V),asan)
CFLAGS  += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
else ifeq ($(V),tsan)
CFLAGS  += -O1 -fsanitize=thread -fno-omit-frame-pointer
# gcc warns that the sanitizer does not see fences; the code has them still.  None of ours is what
# makes a plain access safe: what follows run/rt.c's is atomic, what hook/fault.c's checks is a copy.
ifeq ($(findstring clang,$(CC)),)
CFLAGS  += -Wno-tsan
endif
LDFLAGS += -fsanitize=thread
# libc's mmap() is ours, and the sanitizer calls it before it can bear an instrumented function.
build/tsan/src/abi/interpose.o build/tsan/src/base/os.o: CFLAGS += -fno-sanitize=thread
else ifeq ($(V),hostile)
CFLAGS  += -O1 -DRING3_HOSTILE -fno-omit-frame-pointer
else
$(error V must be release, asan, tsan or hostile)
endif

# The verifier and the optimiser copy and clear many small structures, for which rep stos takes too
# long to start.
ifeq ($(V),release)
$(B)/src/verify/%.o $(B)/src/opt/%.o $(B)/src/jit/%.o: CFLAGS += -O3
ifeq ($(findstring clang,$(CC)),)
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
$(B)/src/verify/%.o $(B)/src/opt/%.o $(B)/src/jit/%.o: CFLAGS += -mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign
endif
endif
endif

# Helpers that run inside a hook must not touch vector registers, which trampolines do not save.
GPR_ONLY := -mgeneral-regs-only

LAYERS  := base isa btf map helper verify opt run jit hook abi
SRC     := $(foreach d,$(LAYERS),$(wildcard src/$(d)/*.c))
# Hooks are made of x86-64's instructions; elsewhere faults are caught and hooks refused.
HOOKS   := $(filter x86_64%,$(shell $(CC) -dumpmachine))
ifneq ($(HOOKS),)
SRC     := $(filter-out src/hook/refuse.c,$(SRC))
else
SRC     := $(filter-out src/hook/%,$(SRC)) \
           $(addprefix src/hook/,refuse.c fault.c fault_mend.c kernel_signal.c maps.c maps_note.c everyone.c)
endif
# Files that belong to one product only.
PRELOAD := $(wildcard src/abi/preload*.c)
AGENT   := $(if $(HOOKS),$(wildcard src/hook/agent*.c))
GUEST   := $(if $(HOOKS),$(wildcard src/hook/guest*.c) src/hook/agent.c src/hook/agent_place.c)
LIBSRC  := $(filter-out $(PRELOAD) $(AGENT) $(GUEST),$(SRC))
obj      = $(patsubst %.c,$(B)/%.o,$(1))

TESTS   := $(patsubst %.c,$(B)/%,$(wildcard tests/*/*_test.c))
# Tests of what is not there.
ifeq ($(HOOKS),)
TESTS   := $(filter-out $(B)/tests/hook/% $(B)/tests/unit/seccomp_judge_test,$(TESTS))
endif
SUPPORT := $(wildcard tests/support/*.c)
BENCHES := $(patsubst %.c,$(B)/%,$(wildcard bench/*_bench.c))
TOOLS   := $(patsubst %.c,$(B)/%,$(wildcard tools/*.c))
BPF     := $(patsubst %.bpf.c,$(B)/%.bpf.o,$(wildcard examples/*.bpf.c tests/*/*.bpf.c bench/*.bpf.c))
EXAMPLES := $(patsubst %.c,$(B)/%,$(filter-out %.bpf.c,$(wildcard examples/*.c)))
TARGETS := $(patsubst %.c,$(B)/%,$(filter-out %/library.c,$(wildcard tests/targets/*.c))) \
           $(patsubst %.cc,$(B)/%,$(wildcard tests/targets/*.cc)) \
           $(patsubst %.c,$(B)/%.so,$(wildcard tests/targets/library.c)) $(B)/tests/targets/live_static $(B)/tests/targets/churn_static
LIBS    := $(B)/libring3.a $(B)/libring3.so $(if $(PRELOAD),$(B)/libring3_preload.so) \
           $(if $(AGENT),$(B)/libring3_agent.so $(B)/ring3_guest)
PROGS   := $(if $(wildcard src/cli/main.c),$(B)/ring3) \
           $(if $(wildcard tests/conformance/plugin.c),$(B)/conformance_plugin)

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all lib cross check check-full check-selftests bench lint demo install clean help tests targets fmt bpf

MAN     := $(wildcard man/*.[137]) $(B)/man/ring3-reasons.7 $(B)/man/ring3-isa.7

all: $(LIBS) $(PROGS) $(BPF) $(EXAMPLES) $(TOOLS) $(MAN) compat

lib: $(LIBS)
bpf: $(BPF)
# For another machine, where nothing that was built can run.
cross: $(LIBS) $(PROGS) $(BPF) $(TESTS)
tests: all $(TESTS) targets $(B)/tests/abi/skeleton
# What tests of hooks trace, and by what.
targets: $(TARGETS) $(LIBS) $(PROGS)

help:
	@sed -n 's/^## //p' Makefile

## make                build everything                make V=asan|tsan|hostile  another variant
## make demo           trace a live program            make check [T=substring]  the tests
## make check-full     all variants, fuzzers, kernel   make bench                figures
## make check-selftests  verdicts of the kernel's own verifier tests, beside the running kernel's
## make lint           format, layers, sizes           make install PREFIX=/usr/local
## make prove          the values' arithmetic, by z3   make check-planted [T=substring]  planted bugs

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

# The agent for processes that run already.  What keeps something for each thread is built once more
# for it: base/own.h.
GUEST_OWN := $(wildcard src/map/*.c) $(addprefix src/helper/,probe.c h_probe.c h_map.c h_process.c clock.c) \
             src/run/slot.c src/run/trace.c \
             $(addprefix src/hook/,thread.c dispatch.c hook.c fault.c return_site.c call_hit.c unwind.c sample_hit.c)
GUEST_OBJ := $(patsubst %.c,$(B)/guest/%.o,$(GUEST_OWN) $(GUEST))

$(B)/guest/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -DRING3_GUEST -c $< -o $@

# What runs in the hit path; the last four where a program has no machine code.
HIT_PATH := $(call obj,$(wildcard src/helper/*.c src/map/*.c) src/base/os.c src/base/gpr_mem.c \
              src/run/slot.c src/run/trace.c src/hook/dispatch.c src/hook/thread.c src/hook/call_hit.c src/hook/unwind.c src/hook/sample_hit.c \
              src/hook/loader_hit.c src/run/interp.c src/run/tail.c src/run/packet_load.c src/isa/isa.c)
# libc's use vector registers, and compilers call them by themselves.
RENAMED  := $(foreach f,memcpy memmove memset memcmp,--redefine-sym $f=gpr_$f)

$(HIT_PATH): CFLAGS += $(GPR_ONLY)
$(HIT_PATH): $(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
	$(OBJCOPY) $(RENAMED) $@

GUEST_HIT := $(filter $(patsubst $(B)/%,$(B)/guest/%,$(HIT_PATH)),$(GUEST_OBJ)) $(B)/guest/src/hook/guest_own.o
$(GUEST_HIT): CFLAGS += $(GPR_ONLY)
$(GUEST_HIT): $(B)/guest/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -DRING3_GUEST -c $< -o $@
	$(OBJCOPY) $(RENAMED) $@

# For the test of it.
hit-path:
	@echo $(HIT_PATH)
guest-hit-path:
	@echo $(GUEST_HIT) $(filter-out $(patsubst $(B)/guest/%,$(B)/%,$(GUEST_HIT)),$(HIT_PATH))
.PHONY: hit-path guest-hit-path

# Its functions are unwound through.
$(B)/tests/hook/return_test.o: CFLAGS += -fexceptions

$(B)/libring3.a: $(call obj,$(LIBSRC))
	$(call say,LINK) rm -f $@ && $(AR) rcs $@ $^

$(B)/libring3.so: $(call obj,$(LIBSRC)) src/libring3.map
	$(call say,LINK) $(CC) -shared -Wl,-soname,libring3.so.0 -Wl,--version-script=src/libring3.map $(LDFLAGS) \
	  $(call obj,$(LIBSRC)) $(LDLIBS) -o $@

# What is preloaded into programs without a sanitizer's runtime has none itself.
ifneq ($(filter asan tsan,$(V)),)
$(B)/libring3_preload.so $(B)/libring3_agent.so $(B)/ring3_guest &: $(SRC) \
  $(wildcard src/*/*.[hd]* include/ring3/*.h)
	+env $(OUTSIDE) $(MAKE) V=release build/release/libring3_preload.so build/release/libring3_agent.so \
	  build/release/ring3_guest
	@mkdir -p $(B)
	cp build/release/libring3_preload.so build/release/libring3_agent.so build/release/ring3_guest $(B)
else
$(B)/libring3_preload.so: $(call obj,$(PRELOAD)) $(B)/libring3.a
	$(call say,LINK) $(CC) -shared $(LDFLAGS) $^ $(LDLIBS) -o $@

# libc takes the guest's own definitions where there are any: guest_libc.c.
$(B)/ring3_guest: $(GUEST_OBJ) $(B)/libring3.a
	$(call say,LINK) $(CC) -static-pie $(filter-out -fuse-ld=mold,$(LDFLAGS)) -Wl,-z,noexecstack $^ -pthread -o $@

$(B)/libring3_agent.so: $(call obj,$(AGENT)) $(B)/libring3.a
	$(call say,LINK) $(CC) -shared $(LDFLAGS) -Wl,--exclude-libs,ALL $^ -lZydis -pthread -ldl -o $@
endif

$(B)/ring3: $(call obj,$(wildcard src/cli/*.c) $(PRELOAD)) $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) -rdynamic $^ $(LDLIBS) -o $@

$(B)/conformance_plugin: $(call obj,tests/conformance/plugin.c) $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/tests/%_test: $(B)/tests/%_test.o $(call obj,$(SUPPORT)) $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

# Hooks as in a process that was joined, in the test's own: with what is built once more for the agent.
JOINED_TESTS := $(filter %_joined_test,$(TESTS))
ifneq ($(filter asan tsan,$(V)),)
# After what is built the same way: two at once would write the same files.
$(JOINED_TESTS): $(B)/%: $(B)/ring3_guest $(SRC) $(wildcard src/*/*.[hd]* tests/hook/*.[ch])
	+env $(OUTSIDE) $(MAKE) V=release build/release/$*
	@mkdir -p $(@D)
	cp build/release/$* $@
else
$(JOINED_TESTS:=.o): CFLAGS += -DRING3_GUEST -fexceptions
$(JOINED_TESTS): %: %.o $(patsubst %.c,$(B)/guest/%.o,$(GUEST_OWN) src/hook/guest_own.c) $(call obj,$(SUPPORT)) \
  $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@
endif

# The kernel's own verifier tests: what is the kernel's is read where it was unpacked.
SELFTESTS := $(addprefix $(B)/tests/selftests/,objects tables)
LINUX_SRC ?= build/selftests/linux
$(B)/tests/selftests/objects: $(call obj,$(addprefix tests/selftests/,objects.c spec.c judge.c))
$(B)/tests/selftests/tables: $(call obj,$(addprefix tests/selftests/,tables.c fills.c judge.c))
$(B)/tests/selftests/tables.o $(B)/tests/selftests/fills.o: CPPFLAGS += \
  -iquote tests/selftests -iquote build/selftests -I$(LINUX_SRC)/tools/testing/selftests/bpf \
  -I$(LINUX_SRC)/tools/include
$(B)/tests/selftests/tables.o $(B)/tests/selftests/fills.o: CFLAGS += -w
$(SELFTESTS): $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS) -o $@

$(B)/tests/targets/bare: tests/targets/bare.c
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -O2 -g -nostdlib -static -no-pie -fno-stack-protector $< -o $@

$(B)/tests/targets/%_static: tests/targets/%.c
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -O2 -g -pthread -static $< -o $@

$(B)/tests/targets/%: tests/targets/%.c
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -O2 -g -pthread $< -o $@ -lm -ldl

# What the benchmark calls native is clang's, as the BPF code is.
$(B)/bench/jit_bench.o: CC := $(CLANG)

$(B)/tests/targets/%: tests/targets/%.cc
	@mkdir -p $(@D)
	$(CXX) -O2 -g -pthread $< -o $@

$(B)/tests/targets/%.so: tests/targets/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -fPIC -shared $< -o $@

$(B)/bench/%: $(B)/bench/%.o $(call obj,$(SUPPORT)) $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

$(B)/tools/%: $(B)/tools/%.o $(B)/libring3.a
	$(call say,LINK) $(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/man/ring3-%.7: $(B)/tools/%2man
	mkdir -p $(@D)
	$(call say,MAN) $< > $@

# Examples are built the way a user would: against the public header and the library ...
$(B)/examples/%: examples/%.c $(B)/libring3.a
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -std=gnu11 -g -O2 -Wall -Wextra -Iinclude $< $(LDFLAGS) \
	  $(B)/libring3.a $(LDLIBS) -o $@

# ... or without either, where it is what others trace, which no sanitizer may be part of ...
$(B)/examples/mallocs: examples/mallocs.c
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -std=gnu11 -g -O2 -Wall -Wextra $< -o $@

# ... or, with a skeleton, against libbpf alone.
$(B)/examples/globals: examples/globals.c $(B)/examples/globals.skel.h
	$(call say,LINK) $(CC) -std=gnu11 -g -O2 -Wall -Wextra -I$(B)/examples $< -lbpf -o $@

$(B)/tests/abi/skeleton: tests/abi/skeleton.c $(B)/tests/abi/skeleton.skel.h
	$(call say,LINK) $(CC) -std=gnu11 -g -O2 -Wall -Wextra -I$(B) $< -lbpf -o $@

$(B)/%.skel.h: $(B)/%.bpf.o
	$(call say,SKEL) $(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@

# BPF objects use the UAPI headers only, so that they build on any machine.
$(B)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF) $(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Werror -D__TARGET_ARCH_x86 \
	  -I/usr/include/$(shell gcc -print-multiarch) -Iexamples -Iinclude -MMD -MP -c $< -o $@

# build/conformance_plugin and build/ring3 are where documents say they are.
compat: $(PROGS)
	mkdir -p build
	if [ $(V) = release ]; then ln -sf $(V)/conformance_plugin $(V)/ring3 build/; fi
.PHONY: compat

check: tests
	@BUILD=$(B) CLANG=$(CLANG) T='$(T)' sh tests/run

check-full: check
	@sh tests/run-full

check-selftests: lib
	@BUILD=$(B) CLANG=$(CLANG) BPFTOOL=$(BPFTOOL) T='$(T)' sh tests/selftests/run

# The values' code as LLVM sees it, with what it is to promise: tests/prove/claims_*.c.  T=substring.
LLVM    := llvm-config-19
PROVE   := build/prove
CLAIMS  := $(patsubst tests/prove/%.c,$(PROVE)/%.bc,$(wildcard tests/prove/claims_*.c))
PROVER  := $(filter-out tests/prove/claims_%,$(wildcard tests/prove/*.c))

prove: $(PROVE)/prover $(PROVE)/claims.bc
	$(PROVE)/prover $(PROVE)/claims.bc $${PROVE_SECONDS:-120} '$(T)'

$(PROVE)/prover: $(PROVER) tests/prove/prover.h
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -std=gnu11 -g -O2 -Wall -Wextra -Wno-unused-parameter \
	  -isystem $(shell $(LLVM) --includedir) $(PROVER) -o $@ $(LDFLAGS) \
	  $(shell $(LLVM) --ldflags --libs) -lz3

# Nothing is optimised but where variables live: names and calls stay what they are in the source.
$(PROVE)/%.bc: tests/prove/%.c
	@mkdir -p $(@D)
	$(call say,CC) $(CLANG) -O1 -Xclang -disable-llvm-passes -std=gnu11 -D_GNU_SOURCE -Isrc -Iinclude \
	  -Itests/prove -MMD -MP -MF $(@:.bc=.d) -MT $@ -emit-llvm -c $< -o $@.tmp
	opt-19 -passes='function(sroa,early-cse,simplifycfg)' $@.tmp -o $@ && rm $@.tmp

$(PROVE)/claims.bc: $(CLAIMS)
	$(call say,LINK) llvm-link-19 $^ -o $@

check-planted:
	@tests/planted/run -j 2 $(T)

bench: all $(BENCHES)
	@BUILD=$(B) sh bench/run

# Only what it shows, because it is what somebody who has just cloned this waits for.
demo: $(B)/ring3 $(B)/libring3_preload.so $(B)/libring3_agent.so $(B)/ring3_guest $(EXAMPLES) \
  $(filter $(B)/examples/%,$(BPF))
	@BUILD=$(B) sh examples/demo.sh

lint:
	@sh tools/lint

fmt:
	clang-format -i $(shell git ls-files '*.c' '*.h')

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	  $(DESTDIR)$(PREFIX)/include/ring3 $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/man/man3 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(B)/ring3 $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(B)/libring3.a $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/libring3.so $(DESTDIR)$(PREFIX)/lib/libring3.so.0
	ln -sf libring3.so.0 $(DESTDIR)$(PREFIX)/lib/libring3.so
	install -m 755 $(B)/libring3_preload.so $(B)/libring3_agent.so $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/ring3_guest $(DESTDIR)$(PREFIX)/lib/
	install -m 644 include/ring3/*.h $(DESTDIR)$(PREFIX)/include/ring3/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' tools/ring3.pc.in \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/ring3.pc
	for f in $(MAN); do install -m 644 "$$f" $(DESTDIR)$(PREFIX)/share/man/man$${f##*.}/; done

clean:
	rm -rf build

-include $(wildcard $(PROVE)/*.d)
-include $(shell find $(B) -name '*.d' 2>/dev/null)
