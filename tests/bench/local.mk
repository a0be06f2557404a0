# tests/bench: load drivers and what they compare with; built and run by `make bench`.
BENCH_DRIVERS = \
	tests/bench/bounce_read \
	tests/bench/bounce_shapes \
	tests/bench/echo_server \
	tests/bench/fill_store \
	tests/bench/hook_sink \
	tests/bench/lmtp_load \
	tests/bench/milter_load \
	tests/bench/null_milter \
	tests/bench/policy_load \
	tests/bench/prefix_bench \
	tests/bench/store_bench \
	tests/bench/store_grow
EXTRA_PROGRAMS += $(BENCH_DRIVERS)
CLEANFILES += $(BENCH_DRIVERS)
EXTRA_DIST += tests/bench/bounce.eml tests/bench/bounce_path.py tests/bench/figures.py tests/bench/milter_path.py tests/bench/null_milter.py tests/bench/peers.py tests/bench/plot.py \
	tests/bench/policy_path.py tests/bench/postfix_path.py tests/bench/run.py tests/bench/servers.py tests/bench/stores.py
# The attackers' story (tests/stories/t_attack_sockets.py) runs it.
check_PROGRAMS += tests/bench/attack_load
tests_bench_attack_load_SOURCES = tests/bench/attack_load.cc
tests_bench_attack_load_LDADD = policy/libpolicywire.a $(BASE_LIBS)
tests_bench_bounce_read_SOURCES = tests/bench/bounce_read.cc
tests_bench_bounce_read_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_bench_bounce_shapes_SOURCES = tests/bench/bounce_shapes.cc tests/bounce/shapes.hh
tests_bench_bounce_shapes_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_bench_echo_server_SOURCES = tests/bench/echo_server.cc
tests_bench_echo_server_LDADD = $(BASE_LIBS)
tests_bench_fill_store_SOURCES = tests/bench/fill_store.cc
tests_bench_fill_store_LDADD = $(STORE_LIBS)
tests_bench_hook_sink_SOURCES = tests/bench/hook_sink.cc
tests_bench_hook_sink_LDADD = $(BASE_LIBS)
tests_bench_lmtp_load_SOURCES = tests/bench/lmtp_load.cc
tests_bench_lmtp_load_LDADD = $(BASE_LIBS)
tests_bench_milter_load_SOURCES = tests/bench/milter_load.cc tests/bench/milter_wire.hh
tests_bench_milter_load_LDADD = $(BASE_LIBS)
tests_bench_null_milter_SOURCES = tests/bench/null_milter.cc
tests_bench_null_milter_LDADD = $(MILTERROOM_LIBS)
tests_bench_policy_load_SOURCES = tests/bench/policy_load.cc
tests_bench_policy_load_LDADD = $(BASE_LIBS)
tests_bench_prefix_bench_SOURCES = tests/bench/prefix_bench.cc
tests_bench_prefix_bench_LDADD = $(BASE_LIBS)
tests_bench_store_bench_SOURCES = tests/bench/store_bench.cc tests/bench/store_sample.hh
tests_bench_store_bench_LDADD = $(STORE_LIBS)
tests_bench_store_grow_SOURCES = tests/bench/store_grow.cc tests/bench/store_sample.hh
tests_bench_store_grow_LDADD = $(STORE_LIBS)

# Some sections alone: make bench SECTIONS='milter policy'. bench/README.md says how to read what comes out.
SECTIONS =
bench: all $(BENCH_DRIVERS)
	$(top_srcdir)/install-deps bench
	CRMRELAY_BUILD='$(abs_top_builddir)' $(top_srcdir)/tests/bench/run.py $(SECTIONS)
.PHONY: bench
