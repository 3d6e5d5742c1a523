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

# VARIANT=asan or ubsan builds beside the normal tree, in build/VARIANT.
VARIANT ?=
B := build$(addprefix /,$(VARIANT))

CC	?= cc
PKG	?= pkg-config
OPT	?= -O2 -g

# Every warning has to earn its place:
WARN := -Wall -Wextra
WARN += -Wformat=2 -Wformat-signedness	# format strings come from us alone
WARN += -Wshadow -Wundef -Wredundant-decls -Wnested-externs
WARN += -Wvla				# no stack of unknown size
WARN += -Wwrite-strings -Wcast-qual -Wpointer-arith
WARN += -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
WARN += -Wimplicit-fallthrough -Wdate-time
WARN += -Wconversion -Wno-sign-conversion # sizes and offsets of 64 bits
ifneq (,$(findstring gcc,$(shell $(CC) --version 2>/dev/null | head -n 1)))
WARN += -Wlogical-op -Wduplicated-cond
endif
ifeq ($(shell $(CC) --version 2>/dev/null | grep -c 'Free Software'),1)
WARN += -Wlogical-op -Wduplicated-cond
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
SAN := $(SAN_$(VARIANT))

CPPFLAGS_ALL = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Icommon \
	-DFAME_VERSION='"$(VERSION)"' -DFAME_DATADIR='"$(DATADIR)"' $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(SAN) -MMD -MP $(CFLAGS)
LDFLAGS_ALL = $(SAN) -Wl,--as-needed $(LDFLAGS)

# ---- rooms -----------------------------------------------------------------

PROGRAMS := fame-run fame-image fame-librarian fame-switch

ROOM_fame-run	    := launcher
ROOM_fame-image	    := imagebuild
ROOM_fame-librarian := librarian
ROOM_fame-switch    := switch
ROOMS := common $(foreach p,$(PROGRAMS),$(ROOM_$(p)))

# Parts of the guest that the host can compile: for unit tests and analysis.
GUEST_ROOMS := guest/agent guest/lfsd

PKGS_common	:= libevent_core jansson
PKGS_launcher	:= inih
PKGS_imagebuild := libcurl libarchive libcrypto libseccomp inih
PKGS_librarian	:= sqlite3 inih
PKGS_switch	:= slirp
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
$(foreach r,$(ROOMS) $(GUEST_ROOMS),$(eval $(call archive_rule,$(r))))

define program_rule
$(B)/bin/$(1): $(B)/obj/$(ROOM_$(1))/main.o $(B)/lib/$(ROOM_$(1)).a $(B)/lib/common.a
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(call libs,$(ROOM_$(1)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

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

unit: $(TESTS) ## Build and run the unit tests
	$(Q)tests/run --build $(B) unit

.PHONY: all unit
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
