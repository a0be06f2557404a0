# bounce: understands what comes back. libbounce.a is pure: values in, values out. liblmtp.a is the server, of coroutines.
noinst_LIBRARIES += bounce/libbounce.a bounce/liblmtp.a
bounce_liblmtp_a_SOURCES = \
	bounce/lmtp_connection.cc bounce/lmtp_connection.hh \
	bounce/lmtp_server.cc bounce/lmtp_server.hh
LMTP_LIBS = bounce/liblmtp.a bounce/libbounce.a
bounce_libbounce_a_SOURCES = \
	bounce/address.cc bounce/address.hh \
	bounce/auto_reply.cc bounce/auto_reply.hh \
	bounce/charset.cc bounce/charset.hh \
	bounce/codes.cc bounce/codes.hh \
	bounce/complaint.cc bounce/complaint.hh \
	bounce/content_type.cc bounce/content_type.hh \
	bounce/correlate.cc bounce/correlate.hh \
	bounce/explanation.cc bounce/explanation.hh \
	bounce/find_address.cc bounce/find_address.hh \
	bounce/header.cc bounce/header.hh \
	bounce/judge.cc bounce/judge.hh \
	bounce/kind.cc bounce/kind.hh \
	bounce/layout.hh \
	bounce/layout_book.cc bounce/layout_book.hh \
	bounce/layout_general.cc \
	bounce/layout_japan.cc \
	bounce/layout_product.cc \
	bounce/layout_provider.cc \
	bounce/layout_unix.cc \
	bounce/lmtp_data.cc bounce/lmtp_data.hh \
	bounce/lmtp_path.cc bounce/lmtp_path.hh \
	bounce/lmtp_reply.hh \
	bounce/lmtp_session.cc bounce/lmtp_session.hh \
	bounce/mbox.cc bounce/mbox.hh \
	bounce/mime.cc bounce/mime.hh \
	bounce/notice.cc bounce/notice.hh \
	bounce/notification.cc bounce/notification.hh \
	bounce/pattern_set.cc bounce/pattern_set.hh \
	bounce/phrase.hh \
	bounce/phrase_book.cc bounce/phrase_book.hh \
	bounce/phrases_client.cc \
	bounce/phrases_content.cc \
	bounce/phrases_full.cc \
	bounce/phrases_google.cc \
	bounce/phrases_japan.cc \
	bounce/phrases_mailbox.cc \
	bounce/phrases_microsoft.cc \
	bounce/phrases_provider.cc \
	bounce/phrases_recipient.cc \
	bounce/phrases_sender.cc \
	bounce/phrases_transport.cc \
	bounce/readable.cc bounce/readable.hh \
	bounce/reading.cc bounce/reading.hh \
	bounce/reason.cc bounce/reason.hh \
	bounce/replace_address.cc bounce/replace_address.hh \
	bounce/reply.cc bounce/reply.hh \
	bounce/report.cc bounce/report.hh \
	bounce/rewrite.cc bounce/rewrite.hh \
	bounce/sns.cc bounce/sns.hh \
	bounce/status_reader.cc bounce/status_reader.hh \
	bounce/statuses.cc bounce/statuses.hh \
	bounce/top.cc bounce/top.hh \
	bounce/transfer.cc bounce/transfer.hh
