# plant.mk - how test programs are made in which one source is another
#
#	make -f plant.mk WORK=DIR recipes
#
# DIR/list has words of the form NAME:PROGRAM:UNIT:FILE.  For each, DIR/NAME.sh
# is written: it compiles DIR/NAME/UNIT as the build does its own, but with the
# headers that lie where DIR/NAME/FILE does, and links it to what the program is
# made of already, as DIR/NAME/test.  Nothing of the build is changed, so that
# many can be made at the same time.  DIR/environment is what tests run in.
# One make writes all that: it takes longer to read the Makefile than to compile.
include Makefile

name = $(word 1,$(subst :, ,$(plant)))
program = $(word 2,$(subst :, ,$(plant)))
unit = $(word 3,$(subst :, ,$(plant)))
file_planted = $(word 4,$(subst :, ,$(plant)))
place = $(WORK)/$(name)
id = $(subst -,_,$(subst /,_,$(program)))
part = $(firstword $(subst /, ,$(unit)))

flags_common = $(AM_CPPFLAGS) $(libcommon_la_CFLAGS)
flags_partmap = $(AM_CPPFLAGS) $(libpartmap_la_CFLAGS)
flags_daemon = $(libdaemon_la_CPPFLAGS) $(libdaemon_la_CFLAGS)
flags_filters = $($(id)_CPPFLAGS) $(AM_CFLAGS)

# A program may have the source among its own; what a library has is passed
# over, because the planted one comes first.
kept = $(filter-out $(basename $(unit)).% \
	$(dir $(unit))%-$(notdir $(basename $(unit))).$(OBJEXT),$($(id)_OBJECTS))

# What runs once is not worth optimising.
compile = $(CC) $(DEFS) -iquote $(place)/$(dir $(file_planted)) \
	-iquote $(srcdir)/$(dir $(unit)) $(flags_$(part)) $(CPPFLAGS) \
	$(CFLAGS) -O0 -g0 -w -c -o $(place)/planted.o $(place)/$(unit)
link = $(subst -o $@,-o $(place)/test,$(LINK)) $(kept) $(place)/planted.o \
	$($(id)_LDADD) $(LIBS)

.PHONY: recipes
recipes:
	$(file >$(WORK)/environment,$(AM_TESTS_ENVIRONMENT))
	$(foreach plant,$(file <$(WORK)/list),\
		$(file >$(WORK)/$(name).sh,$(compile) && $(link)))
	@:
