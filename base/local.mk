# base: knows no mail, includes no other room.
noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = \
	base/called_back.hh \
	base/clock.cc base/clock.hh \
	base/crypto.cc base/crypto.hh \
	base/daemon.cc base/daemon.hh \
	base/dns_message.cc base/dns_message.hh \
	base/dns_query.cc base/dns_query.hh \
	base/endpoint.cc base/endpoint.hh \
	base/fd.hh base/guarded.hh \
	base/ip.cc base/ip.hh \
	base/log.cc base/log.hh \
	base/metrics.cc base/metrics.hh base/process_metrics.cc \
	base/metrics_server.cc base/metrics_server.hh \
	base/prefix_order.cc base/prefix_order.hh base/prefix_table.cc base/prefix_table.hh \
	base/public_suffix.cc base/public_suffix.hh \
	base/result.hh \
	base/search_tree.hh \
	base/text.cc base/text.hh \
	base/timezone.cc base/timezone.hh \
	base/translation.cc base/translation.hh \
	base/watchdog.cc base/watchdog.hh
BASE_LIBS = base/libbase.a $(FMT_LIBS) $(CRYPTO_LIBS) $(SYSTEMD_LIBS) $(PSL_LIBS) $(DATE_LIBS) $(LOCALE_LIBS) $(MICROHTTPD_LIBS)
