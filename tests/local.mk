# tests: unit tests a room, fuzz replays, layer check; stories and benchmarks have commands of their own.
dist_check_SCRIPTS += tests/layers.sh tests/manual.sh tests/metrics_names.py tests/translations.sh
TESTS += tests/layers.sh tests/manual.sh tests/metrics_names.py tests/translations.sh
AM_TESTS_ENVIRONMENT = BOOST_TEST_REPORT_LEVEL=short; export BOOST_TEST_REPORT_LEVEL; srcdir='$(abs_top_srcdir)'; export srcdir; top_builddir='$(abs_top_builddir)'; export top_builddir; \
	TEXTDOMAINDIR='$(abs_top_builddir)/po'; export TEXTDOMAINDIR;

include tests/base/local.mk
include tests/conf/local.mk
include tests/store/local.mk
include tests/policy/local.mk
include tests/milter/local.mk
include tests/bounce/local.mk
include tests/report/local.mk
include tests/ctl/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk

EXTRA_DIST += tests/together tests/together.txt tests/lab tests/stories tests/fuzz/corpus tests/fuzz/campaign.sh tests/bench/soak.py .ci/run
# The script check has the name of a target, so that it cannot stand in EXTRA_DIST.
dist-hook:
	cp -p '$(srcdir)/check' '$(distdir)/check'
	find '$(distdir)' -name __pycache__ -prune -exec rm -rf {} +
