/* replay.c -- main for a fuzz target without a fuzzer: each file, and each file of each directory,
 * that the arguments name.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static unsigned file_count;

static void
fail(const char *path)
{
	perror(path);
	exit(2);
}

static void
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	if (file == NULL || fstat(fileno(file), &status) != 0)
		fail(path);
	/* Exactly as long as the input, so that the sanitizer sees a step past its end. */
	size_t len = (size_t)status.st_size;
	uint8_t *data = malloc(len > 0 ? len : 1);
	if (data == NULL || fread(data, 1, len, file) != len)
		fail(path);
	fclose(file);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	file_count++;
}

static void
replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		fail(path);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		char *file;
		if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
			fail(path);
		struct stat status;
		if (stat(file, &status) == 0 && S_ISREG(status.st_mode))
			replay_file(file);
		free(file);
	}
	closedir(directory);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat status;
		if (stat(argv[i], &status) != 0)
			fail(argv[i]);
		if (S_ISDIR(status.st_mode))
			replay_directory(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("%u inputs\n", file_count);
	return file_count > 0 ? 0 : 2;
}
