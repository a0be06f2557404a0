# bounce: understands what comes back. The reading half is pure: values in, values out.
noinst_LIBRARIES += bounce/libbounce.a
bounce_libbounce_a_SOURCES = \
	bounce/address.cc bounce/address.hh \
	bounce/classify.cc bounce/classify.hh \
	bounce/content_type.cc bounce/content_type.hh \
	bounce/correlate.cc bounce/correlate.hh \
	bounce/header.cc bounce/header.hh \
	bounce/kind.cc bounce/kind.hh \
	bounce/lmtp_connection.cc bounce/lmtp_connection.hh \
	bounce/lmtp_data.cc bounce/lmtp_data.hh \
	bounce/lmtp_path.cc bounce/lmtp_path.hh \
	bounce/lmtp_reply.hh \
	bounce/lmtp_server.cc bounce/lmtp_server.hh \
	bounce/lmtp_session.cc bounce/lmtp_session.hh \
	bounce/mime.cc bounce/mime.hh \
	bounce/replace_address.cc bounce/replace_address.hh \
	bounce/reply.cc bounce/reply.hh \
	bounce/report.cc bounce/report.hh \
	bounce/rewrite.cc bounce/rewrite.hh \
	bounce/status_reader.cc bounce/status_reader.hh \
	bounce/transfer.cc bounce/transfer.hh
