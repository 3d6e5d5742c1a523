/* SPDX-License-Identifier: MIT */

/* capture_stream.c - Records of the switch become a pcap file */

#include "capture_stream.h"

#include <errno.h>
#include <string.h>

#include "file.h"

#define PCAP_MAGIC 0xa1b2c3d4U /* microseconds, in the order of this host */
#define PCAP_ETHERNET 1

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy;
	uint32_t len_max;
	uint32_t link_type;
};

static int write_header(const struct capture_stream *s)
{
	static const struct pcap_header h = {
		.magic = PCAP_MAGIC,
		.major = 2,
		.minor = 4,
		.len_max = SWITCH_RECORD_LEN_MAX,
		.link_type = PCAP_ETHERNET,
	};

	return write_all(s->fd, &h, sizeof(h));
}

/* Bytes of the record at @at, 0 = it is not whole yet */
static int record_len(const struct capture_stream *s, size_t at,
		      struct switch_record *ret_r)
{
	if (s->len - at < sizeof(*ret_r))
		return 0;
	memcpy(ret_r, s->buf + at, sizeof(*ret_r));
	if (ret_r->len == SWITCH_RECORD_LOST)
		return sizeof(*ret_r);
	if (ret_r->len > SWITCH_RECORD_LEN_MAX)
		return -EPROTO;
	return s->len - at - sizeof(*ret_r) < ret_r->len ?
		       0 :
		       (int)(sizeof(*ret_r) + ret_r->len);
}

/* Those that lie in one piece, between counts of what was lost. */
static int write_frames(const struct capture_stream *s, size_t from, size_t to)
{
	return to > from ? write_all(s->fd, s->buf + from, to - from) : 0;
}

static int begin(struct capture_stream *s)
{
	int r = s->begun ? 0 : write_header(s);

	s->begun = true;
	return r;
}

int capture_stream_take(struct capture_stream *s, size_t n)
{
	size_t from = 0, at = 0;
	struct switch_record rec;
	bool enough = false;
	int r = 0, len;

	s->len += n;
	while (r == 0 && !enough && (len = record_len(s, at, &rec)) != 0) {
		if (len < 0)
			return len;
		r = begin(s);
		at += (size_t)len;
		if (rec.len != SWITCH_RECORD_LOST) {
			enough = ++s->frames == s->limit;
			continue;
		}
		s->lost = rec.wire_len;
		if (r == 0)
			r = write_frames(s, from, at - (size_t)len);
		from = at;
	}
	if (r == 0)
		r = write_frames(s, from, at);
	memmove(s->buf, s->buf + at, s->len - at);
	s->len -= at;
	return r < 0 ? r : enough;
}
