# plant.mk - a test program in which one source is another
#
#	make -f plant.mk PROGRAM=tests/unit/test-edge UNIT=daemon/data/edge.c \
#		FILE=common/util.h PLACE=DIR DIR/test
#
# DIR/daemon/data/edge.c is compiled as the build does its own, but with the
# headers that lie where DIR/common/util.h does, and linked to what the program
# is made of already.  Nothing of the build is changed, so that many can be made
# at the same time.
include Makefile

id = $(subst -,_,$(subst /,_,$(PROGRAM)))
part = $(firstword $(subst /, ,$(UNIT)))

flags_common = $(AM_CPPFLAGS) $(libcommon_la_CFLAGS)
flags_partmap = $(AM_CPPFLAGS) $(libpartmap_la_CFLAGS)
flags_daemon = $(libdaemon_la_CPPFLAGS) $(libdaemon_la_CFLAGS)
flags_filters = $($(id)_CPPFLAGS) $(AM_CFLAGS)

# A program may have the source among its own; what a library has is passed
# over, because the planted one comes first.
kept = $(filter-out $(basename $(UNIT)).% \
	$(dir $(UNIT))%-$(notdir $(basename $(UNIT))).$(OBJEXT),$($(id)_OBJECTS))

$(PLACE)/test:
	$(CC) $(DEFS) -iquote $(PLACE)/$(dir $(FILE)) \
		-iquote $(srcdir)/$(dir $(UNIT)) $(flags_$(part)) \
		$(CPPFLAGS) $(CFLAGS) -w -c -o $(PLACE)/planted.o \
		$(PLACE)/$(UNIT)
	$(LINK) $(kept) $(PLACE)/planted.o \
		$($(id)_LDADD) $(LIBS)

# One case of a program: of the planted one, or of its own.
case:
	$(AM_TESTS_ENVIRONMENT) CHECK_ONLY=$(CASE) $(TEST)
