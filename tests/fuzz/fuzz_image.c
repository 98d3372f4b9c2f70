/* fuzz_image.c -- an image with changes: it is refused, or it is the zone it was. Where the
 * checksums are made to fit it ends well or in a refusal, and only that.
 *
 *   1 octet    checksums to be made to fit: 1 the header's, 2 the content's
 *   2 octets   what the file is longer, or (negative) shorter
 *   then       2 octets: a place, 1 octet: what stands there. Places from 32768 on are the
 *              content's
 */
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "zones/checksum.h"
#include "zones/dname.h"
#include "zones/image.h"
#include "zones/image_header.h"
#include "zones/zone_read.h"

#define ZONE_PATH SOURCE_ROOT "/tests/zones/signed/nsec3.zone"

enum { SEALS_HEADER = 1, SEALS_CONTENT = 2, FIXED_LEN = 3, EDIT_LEN = 3, CONTENT_PLACES = 0x8000 };

static const uint8_t origin[] = "\7example\3com";
static const struct image_wanted wanted = {origin, ZONE_PATH};

struct file {
	uint8_t *octets;
	size_t len;
};

static struct file
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	EXPECT(file != NULL && fseek(file, 0, SEEK_END) == 0);
	size_t len = (size_t)ftell(file);
	rewind(file);
	struct file read = {fuzz_copy(NULL, 0, len), len};
	EXPECT(fread(read.octets, 1, len, file) == len);
	fclose(file);
	return read;
}

/* Of a signed zone, made once. */
static const struct file *
original(void)
{
	static struct file file;
	char directory[] = "/tmp/fuzz_image.XXXXXX";
	char path[64];
	struct findings findings;
	struct zone *zone;
	struct zone_version *version;
	struct image_draft *draft;
	if (file.octets != NULL)
		return &file;
	EXPECT(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/image", directory);
	findings_init(&findings);
	EXPECT(zone_read(origin, ZONE_PATH, NULL, &findings, &zone) == STATUS_OK);
	EXPECT(zone_version_compile(zone, NULL, &version, NULL) == STATUS_OK);
	EXPECT(image_draft_new(version, &zone->sources, &findings, &draft, NULL) == STATUS_OK);
	EXPECT(image_write(draft, path, NULL, NULL) == STATUS_OK);
	file = read_file(path);
	EXPECT(unlink(path) == 0 && rmdir(directory) == 0);
	image_draft_free(draft);
	zone_version_free(version);
	zone_free(zone);
	findings_fini(&findings);
	return &file;
}

static struct file
changed(const uint8_t *data, size_t len)
{
	const struct file *from = original();
	const struct image_header *header = (const struct image_header *)from->octets;
	size_t new_len = from->len + (size_t)(int16_t)be16_read(data + 1);
	new_len = new_len < 1 ? 1 : new_len;
	struct file file = {
	    fuzz_copy(from->octets, new_len < from->len ? new_len : from->len, new_len), new_len};
	for (const uint8_t *edit = data + FIXED_LEN; edit + EDIT_LEN <= data + len;
	     edit += EDIT_LEN) {
		size_t place = be16_read(edit);
		if (place >= CONTENT_PLACES)
			place = header->content_off + place - CONTENT_PLACES;
		file.octets[place % new_len] = edit[2];
	}
	return file;
}

static void
seal(struct file *file, unsigned seals)
{
	struct image_header *header = (struct image_header *)file->octets;
	if (file->len < sizeof(*header) || header->content_off > file->len ||
	    header->content_off < sizeof(*header))
		return;
	const uint8_t *content = file->octets + header->content_off;
	size_t content_len = file->len - header->content_off;
	if ((seals & SEALS_CONTENT) && content_len <= IMAGE_BLOCK_LEN) {
		uint64_t block_sum = checksum(content, content_len);
		header->content_sum = checksum(&block_sum, sizeof(block_sum));
	}
	if (seals & SEALS_HEADER)
		image_header_seal(header, header->content_sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct file *from = original();
	struct image image;
	struct error error;
	char path[32];
	if (len < FIXED_LEN)
		return 0;
	struct file file = changed(data, len);
	seal(&file, data[0]);
	bool is_same = file.len == from->len && memcmp(file.octets, from->octets, file.len) == 0;
	int fd = memfd_create("image", 0);
	EXPECT(fd >= 0 && write(fd, file.octets, file.len) == (ssize_t)file.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned i = 0; i < 2; i++) {
		enum status status =
		    image_open(path, i == 0 ? NULL : &wanted, NULL, &image, &error);
		EXPECT(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_REFUSED);
		EXPECT(status == STATUS_OK || error.text[0] != '\0');
		EXPECT(!is_same || status == STATUS_OK);
		EXPECT(is_same || (data[0] & (SEALS_HEADER | SEALS_CONTENT)) != 0 ||
		       status != STATUS_OK);
		if (status == STATUS_OK)
			image_fini(&image);
	}
	close(fd);
	free(file.octets);
	return 0;
}
