/* SPDX-License-Identifier: MIT */

/* test_capture_stream.c - Records of the switch become a pcap file */

#include "capture_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit.h"

#define PCAP_HEADER 24

static struct capture_stream *s;
static int fd;

static int setup(void **state)
{
	(void)state;
	fd = memfd_create("pcap", MFD_CLOEXEC);
	s = malloc(sizeof(*s));
	if (fd < 0 || !s)
		return -1;
	*s = (struct capture_stream)CAPTURE_STREAM(fd, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(s);
	return close(fd);
}

static int take(const void *data, size_t len)
{
	size_t room;
	uint8_t *to = capture_stream_room(s, &room);

	assert_true(len <= room);
	memcpy(to, data, len);
	return capture_stream_take(s, len);
}

static int take_record(uint32_t len, uint32_t wire_len, const char *frame)
{
	const struct switch_record r = { 1, 2, len, wire_len };
	int n = take(&r, sizeof(r));

	return frame ? take(frame, len) : n;
}

static off_t size(void)
{
	return lseek(fd, 0, SEEK_END);
}

static void a_file(void **state)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 4 << 16 | 2 };
	static const uint32_t record[] = { 1, 2, 3, 3 };
	uint8_t got[PCAP_HEADER + 16 + 3];

	(void)state;
	assert_int_equal(take_record(SWITCH_RECORD_LOST, 0, NULL), 0);
	assert_int_equal(size(), PCAP_HEADER);
	assert_int_equal(take_record(3, 3, "abc"), 0);
	assert_int_equal(size(), sizeof(got));
	assert_int_equal(pread(fd, got, sizeof(got), 0), sizeof(got));
	assert_memory_equal(got, head, sizeof(head));
	assert_int_equal(got[20], 1); /* Ethernet */
	assert_memory_equal(got + PCAP_HEADER, record, sizeof(record));
	assert_memory_equal(got + PCAP_HEADER + 16, "abc", 3);
	assert_int_equal(s->frames, 1);
}

/* However the bytes come, only whole frames are written. */
static void in_pieces(void **state)
{
	struct {
		struct switch_record lost, record;
		char frame[4];
		struct switch_record more;
	} all = { { 0, 0, SWITCH_RECORD_LOST, 7 },
		  { 1, 2, 4, 4 },
		  "abcd",
		  { 0, 0, SWITCH_RECORD_LOST, 9 } };
	const char *p = (const char *)&all;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++) {
		off_t n = size();

		assert_int_equal(take(p + i, 1), 0);
		assert_true(size() == n || size() == PCAP_HEADER ||
			    size() == PCAP_HEADER + 20);
	}
	assert_int_equal(size(), PCAP_HEADER + 20);
	assert_int_equal(s->lost, 9);
	assert_int_equal(s->len, 0);
}

static void at_once(void **state)
{
	struct {
		struct switch_record a;
		char x[4];
		struct switch_record lost, b;
		char y[4];
	} all = { { 1, 2, 4, 4 },
		  "abcd",
		  { 0, 0, SWITCH_RECORD_LOST, 1 },
		  { 3, 4, 4, 4 },
		  "efgh" };

	(void)state;
	s->limit = 2;
	assert_int_equal(take(&all, sizeof(all)), 1);
	assert_int_equal(size(), PCAP_HEADER + 40);
	assert_int_equal(s->frames, 2);
}

static void nonsense(void **state)
{
	(void)state;
	assert_int_equal(take_record(SWITCH_RECORD_LEN_MAX + 1, 1, NULL),
			 -EPROTO);
}

static void nobody_reads(void **state)
{
	(void)state;
	s->fd = -1;
	assert_int_equal(take_record(SWITCH_RECORD_LOST, 0, NULL), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_reads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
