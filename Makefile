# SPDX-License-Identifier: MIT
#
# One makefile for everything. A room (common, launcher, ...) is a folder; all
# its .c files but main.c form build/lib/ROOM.a, and main.c makes the program.
# "make help" lists the targets.

VERSION := 0.1.0

PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share/fame
MANDIR	?= $(PREFIX)/share/man
LIBDIR	?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
UNITDIR ?= $(PREFIX)/lib/systemd/system

# VARIANT=asan or ubsan builds beside the normal tree, in build/VARIANT.
VARIANT ?=
B := build$(addprefix /,$(VARIANT))

CC	?= cc
PKG	?= pkg-config
OPT	?= -O2 -g

# Every warning has to earn its place:
WARN := -Wall -Wextra
WARN += -Wformat=2			# format strings come from us alone
WARN += -Wshadow -Wundef -Wredundant-decls -Wnested-externs
WARN += -Wvla				# no stack of unknown size
WARN += -Wwrite-strings -Wcast-qual -Wpointer-arith
WARN += -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
WARN += -Wimplicit-fallthrough -Wdate-time
WARN += -Wconversion -Wno-sign-conversion # sizes and offsets of 64 bits
ifneq (,$(findstring Free Software,$(shell $(CC) --version 2>/dev/null)))
WARN += -Wlogical-op -Wduplicated-cond -Wformat-signedness # gcc's own
WARN_GUEST := -Wno-format-signedness	# as in the guest's makefile
endif
ifdef WERROR
WARN += -Werror
endif

HARDEN := -fno-common -fstack-protector-strong
ifeq ($(VARIANT),)
HARDEN += -D_FORTIFY_SOURCE=2
endif
SAN_asan  := -fsanitize=address -fno-omit-frame-pointer
SAN_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
SAN_fuzz  := -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
SAN := $(SAN_$(VARIANT))

CPPFLAGS_ALL = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Icommon \
	-DFAME_VERSION='"$(VERSION)"' -DFAME_DATADIR='"$(DATADIR)"' $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(SAN) -MMD -MP $(CFLAGS)
LDFLAGS_ALL = $(SAN) -Wl,--as-needed $(LDFLAGS)

# ---- rooms -----------------------------------------------------------------

PROGRAMS := fame-run fame-image fame-librarian fame-switch ivshmem-server

ROOM_fame-run	    := launcher
ROOM_fame-image	    := imagebuild
ROOM_fame-librarian := librarian
ROOM_fame-switch    := switch
ROOM_ivshmem-server := ivshmem-server
ROOMS := common hostlib $(foreach p,$(PROGRAMS),$(ROOM_$(p)))

# Parts of the guest that the host can compile: for unit tests and analysis.
GUEST_ROOMS := guest/agent guest/lfsd guest/libfam
$(B)/obj/guest/demos/%.o: CPPFLAGS += -Iguest/libfam -Iguest/fam
$(B)/obj/guest/demos/%.o: CFLAGS += $(WARN_GUEST)

PKGS_common	:= libevent_core jansson
PKGS_launcher	:= libarchive inih
PKGS_imagebuild := libcurl libarchive libcrypto libseccomp inih ext2fs com_err
PKGS_librarian	:= sqlite3 inih libevent_extra libseccomp libedit
PKGS_switch	:= slirp libseccomp
PKGS_ivshmem-server := libseccomp
PKGS_ALL := $(sort $(foreach r,$(ROOMS),$(PKGS_$(r))))

# Headers and libraries are asked for once, and only if something is built.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell $(PKG) --cflags $(PKGS_ALL)))$(PKG_CFLAGS)
libs = $(shell $(PKG) --libs $(PKGS_$(1)) $(PKGS_common))

srcs = $(filter-out $(1)/main.c,$(wildcard $(1)/*.c))
objs = $(patsubst %.c,$(B)/obj/%.o,$(1))

BIN := $(addprefix $(B)/bin/,$(PROGRAMS))

all: $(BIN) ## Build all programs (the guest's parts are built with an image)
ifeq ($(VARIANT),)
all: fame-run
fame-run: $(B)/bin/fame-run
	@ln -sf $< $@
endif

define archive_rule
$(B)/lib/$(1).a: $$(call objs,$$(call srcs,$(1)))
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS) $(GUEST_ROOMS) guest/demos,$(eval $(call archive_rule,$(r))))

define program_rule
$(B)/bin/$(1): $(B)/obj/$(ROOM_$(1))/main.o $(B)/lib/$(ROOM_$(1)).a $(B)/lib/common.a
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(call libs,$(ROOM_$(1)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

# The guest's library is of use on the host as well.
LIBFAM := $(B)/lib/libfam_atomic.a $(B)/lib/libfam_atomic.so.2
$(B)/obj/guest/libfam/%.o: CFLAGS += -fPIC

all: $(LIBFAM)
$(B)/lib/libfam_atomic.a: $(B)/lib/guest/libfam.a
	$(Q)cp $< $@
$(B)/lib/libfam_atomic.so.2: $(call objs,$(call srcs,guest/libfam)) guest/libfam/libfam_atomic.map
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) -shared $(LDFLAGS_ALL) -Wl,-soname,$(@F),--version-script=$(lastword $^) \
		-o $@ $(filter %.o,$^)

# What programs of the host use, and an example.
HOSTLIB := $(B)/lib/libfame_host.a

all: $(HOSTLIB) $(B)/bin/host_mail
$(HOSTLIB): $(B)/lib/hostlib.a
	$(Q)cp $< $@
$(B)/bin/host_mail: $(B)/obj/hostlib/example/host_mail.o $(HOSTLIB)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^
$(B)/obj/hostlib/example/%.o: CPPFLAGS += -Ihostlib

Q := $(if $(V),,@)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(PKG_CFLAGS) $(CFLAGS_ALL) -c -o $@ $<

# ---- tests -----------------------------------------------------------------

# tests/unit/ROOM/test_X.c is linked with ROOM's archive and cmocka.
TEST_SRCS := $(wildcard tests/unit/*/test_*.c) $(wildcard tests/unit/guest/*/test_*.c)
TESTS := $(patsubst %.c,$(B)/%,$(TEST_SRCS))
room_of = $(patsubst tests/unit/%/,%,$(dir $(1)))

define test_rule
$(B)/$(1:.c=): $(B)/obj/$(1:.c=.o) $(if $(filter-out common,$(call room_of,$(1))),$(B)/lib/$(call room_of,$(1)).a) $(B)/lib/common.a
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(call libs,$(call room_of,$(1))) -lcmocka
endef
$(foreach t,$(TEST_SRCS),$(eval $(call test_rule,$(t))))
$(foreach t,$(TEST_SRCS),$(eval $(B)/obj/$(t:.c=.o): CPPFLAGS += -I$(call room_of,$(t))))

# One that starts a real Librarian
$(patsubst %,$(B)/tests/unit/guest/lfsd/test_lfs_%,names books attr death): | $(B)/bin/fame-librarian

# tests/fuzz/fuzz_X.c names in a line "room: ROOM" what it is linked with.
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)
fuzz_room = $(shell sed -n 's/.*room: *\([a-z/-]*\).*/\1/p' $(1) | head -n 1)

# Its corpus is replayed with the unit tests, without a fuzzer.
REPLAYS := $(patsubst tests/fuzz/fuzz_%.c,$(B)/tests/unit/replay/test_fuzz_%,$(FUZZ_SRCS))

define replay_rule
$(B)/tests/unit/replay/test_$(basename $(notdir $(1))): $(B)/obj/$(1:.c=.o) $(B)/obj/tests/fuzz/replay.o $(if $(filter-out common,$(2)),$(B)/lib/$(2).a) $(B)/lib/common.a
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(call libs,$(2))
$(B)/obj/$(1:.c=.o): CPPFLAGS += -I$(2)
endef
$(foreach f,$(FUZZ_SRCS),$(eval $(call replay_rule,$(f),$(call fuzz_room,$(f)))))

# tests/guest/PROGRAM.c runs in nodes: static, with the rest of that folder.
GUEST_TESTS := posix differ coherence fsx locks bells latency mail round stream
GUEST_TEST_MAINS := $(GUEST_TESTS:%=tests/guest/%.c)
GUEST_TEST_BIN := $(GUEST_TESTS:%=$(B)/guest/%)

$(B)/lib/guest-tests.a: $(patsubst %.c,$(B)/obj/%.o,$(filter-out $(GUEST_TEST_MAINS),$(wildcard tests/guest/*.c)))
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(GUEST_TEST_BIN): $(B)/guest/%: $(B)/obj/tests/guest/%.o $(B)/lib/guest-tests.a $(B)/lib/guest/libfam.a $(B)/lib/common.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -static -o $@ $^ && strip $@

$(patsubst %,$(B)/obj/tests/guest/%.o,shared locks bells latency): CPPFLAGS += -Iguest/libfam

guest-tests: $(GUEST_TEST_BIN)

unit: $(TESTS) $(REPLAYS)
	$(Q)tests/run --build $(B) unit

check: unit check-headers ## Unit tests, and every header by itself

asan ubsan: ## The same under a sanitizer
	$(Q)$(MAKE) VARIANT=$@ unit

SOAK_ROUNDS ?= 200

soak: $(patsubst %,$(B)/tests/unit/librarian/%,test_crash test_crash_posix test_memory) ## Kill the Librarian SOAK_ROUNDS times; a million requests
	$(Q)export FAME_CRASH_ROUNDS=$(SOAK_ROUNDS) FAME_MEMORY_REQUESTS=1000000; for t in $^; do $$t || exit 1; done

soak-bells: all guest-tests ## Ten minutes of locks and rings, while nodes die
	$(Q)FAME_BELLS_SECONDS=600 tests/integration/bells.sh

soak-chaos: all ## Kill or stop any process at any moment, 500 times
	$(Q)FAME_CHAOS_ROUNDS=500 tests/integration/chaos.sh

check-headers: $(patsubst %,$(B)/obj/%.check,$(wildcard $(addsuffix /*.h,$(ROOMS) $(GUEST_ROOMS))))

$(B)/obj/%.h.check: %.h
	@mkdir -p $(@D)
	$(Q)echo '#include "$(notdir $<)"' | $(CC) $(CPPFLAGS_ALL) $(PKG_CFLAGS) \
		-std=gnu11 $(WARN) -I$(dir $<) -fsyntax-only -x c -
	@touch $@

integration: all guest-tests ## Real nodes: starts, stops and breaks clusters
	$(Q)tests/run --build $(B) integration

test: ## Install what is missing, build everything, run the whole suite
	$(Q)scripts/install-deps
	$(Q)$(MAKE) all
	$(Q)$(MAKE) $(TESTS) $(REPLAYS) guest-tests
	$(Q)tests/run --build $(B) unit integration

up: ## Install what is missing, build everything, start four nodes
	$(Q)scripts/install-deps
	$(Q)$(MAKE) all
	$(Q)./fame-run up 4

$(B)/bin/bare $(B)/bin/pair: $(B)/bin/%: $(B)/obj/tests/bench/%.o $(B)/obj/tests/bench/machine.o $(B)/lib/launcher.a $(B)/lib/common.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,launcher)
$(patsubst %,$(B)/obj/tests/bench/%.o,bare pair machine): CPPFLAGS += -Ilauncher

$(B)/bin/bench_librarian: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/bench/librarian/*.c)) $(B)/lib/common.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,librarian)

bench-programs: $(B)/bin/bare $(B)/bin/pair $(B)/bin/bench_librarian

bench: all guest-tests bench-programs ## Measure, side by side; a table and build/bench/figures.json
	@mkdir -p build/bench
	$(Q)tests/bench/run build/bench/figures.json

# ---- analysis --------------------------------------------------------------

C_FILES = $(wildcard $(addsuffix /*.[ch],$(ROOMS) $(GUEST_ROOMS) hostlib/example guest/lfsd/fuse guest/fam guest/demos guest/tiny tests/unit tests/unit/* tests/unit/guest/* tests/fuzz tests/guest tests/bench tests/bench/librarian))
TIDY_FILES = $(wildcard $(addsuffix /*.c,$(ROOMS) $(GUEST_ROOMS)))

format-check: ## Is the layout that of .clang-format?
	$(Q)clang-format --dry-run -Werror $(C_FILES)

tidy: $(TIDY_FILES:%=$(B)/obj/%.tidy) ## clang-tidy and cppcheck
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
		--enable=warning,performance,portability \
		--suppressions-list=.cppcheck-suppressions \
		--library=.cppcheck.cfg -D_GNU_SOURCE -DFAME_VERSION='"x"' \
		-Icommon -Iguest/fam $(TIDY_FILES)

$(B)/obj/%.c.tidy: %.c .clang-tidy
	@mkdir -p $(@D)
	@echo "  TIDY  $<"
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- $(CPPFLAGS_ALL) \
		$(PKG_CFLAGS) -std=gnu11 -I$(dir $<) 2>/dev/null
	@touch $@

# In the variant "fuzz" all is built by clang, for libFuzzer.
FUZZERS := $(patsubst %.c,$(B)/%,$(FUZZ_SRCS))
FUZZ_SECONDS ?= 10

ifeq ($(VARIANT),fuzz)
define fuzz_rule
$(B)/$(1:.c=): $(B)/obj/$(1:.c=.o) $(if $(filter-out common,$(2)),$(B)/lib/$(2).a) $(B)/lib/common.a
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -fsanitize=fuzzer $$(LDFLAGS_ALL) -o $$@ $$^ $$(call libs,$(2))
endef
$(foreach f,$(FUZZ_SRCS),$(eval $(call fuzz_rule,$(f),$(call fuzz_room,$(f)))))
fuzzers: $(FUZZERS)
endif

fuzz: ## Each fuzzer for FUZZ_SECONDS
	$(Q)$(MAKE) VARIANT=fuzz CC=clang fuzzers
	$(Q)tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

# ---- installing ------------------------------------------------------------

MAN_PAGES := $(wildcard docs/man/*.[1-9])
UNITS := $(wildcard librarian/systemd/*)

# FILE.pc.in, version
pc = sed 's,@prefix@,$(PREFIX),; s,@libdir@,$(LIBDIR),; s,@includedir@,$(INCLUDEDIR),; s,@version@,$(2),' \
	$(1).pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/$(notdir $(1)).pc

install: all ## Install below $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(DATADIR)
	install -m 755 $(BIN) $(DESTDIR)$(BINDIR)
	set -e; for page in $(MAN_PAGES); do \
		install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page; \
	done
	install -D -m 644 scripts/completion/fame-run.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fame-run
	install -D -m 644 scripts/completion/fame-run.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fame-run
	install -D -m 644 scripts/completion/fame-run.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fame-run.fish
	install -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 guest/libfam/fam_atomic.h guest/libfam/fam_robust.h \
		guest/libfam/fam_doorbell.h guest/fam/fam_doorbell_ioctl.h \
		hostlib/fame_doorbell.h hostlib/fame_fam.h \
		common/proto_doorbell.h $(DESTDIR)$(INCLUDEDIR)
	install -D -m 644 -t $(DESTDIR)$(DATADIR)/examples hostlib/example/*.[ch]
	install -m 644 $(LIBFAM) $(HOSTLIB) $(DESTDIR)$(LIBDIR)
	ln -sf libfam_atomic.so.2 $(DESTDIR)$(LIBDIR)/libfam_atomic.so
	$(call pc,guest/libfam/fam_atomic,2.$(VERSION))
	$(call pc,hostlib/fame_host,$(VERSION))
	install -d $(DESTDIR)$(UNITDIR)
	install -m 644 $(UNITS) $(DESTDIR)$(UNITDIR)
	sed -i 's,/usr/local/bin,$(BINDIR),' $(DESTDIR)$(UNITDIR)/fame-librarian.service
	tar -cf - common/*.[ch] guest docs/man imagebuild/profiles imagebuild/*.sh | tar -xof - -C $(DESTDIR)$(DATADIR)

clean: ## Remove what was built (not the cache of images)
	rm -rf build fame-run

help: ## This list
	$(Q)sed -n 's/^\([a-z][a-z -]*\):.*## \(.*\)/\1\t\2/p' Makefile | \
		while IFS="$$(printf '\t')" read -r t h; do printf '  %-16s %s\n' "$$t" "$$h"; done

.PHONY: all unit guest-tests check soak soak-bells soak-chaos asan ubsan check-headers integration test up bench bench-programs \
	format-check tidy fuzz fuzzers install clean help
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
