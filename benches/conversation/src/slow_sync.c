/* Preloaded into a bot: counts what it syncs, and makes each sync slower.
 * SYNC_COUNT names a file of 8 bytes that holds the count; SYNC_DELAY_MS is added to each. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic unsigned long long *count;
static long delay;

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("SYNC_COUNT");
	const char *ms = getenv("SYNC_DELAY_MS");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	delay = ms ? atol(ms) : 0;
	if (fd < 0)
		return;
	void *at = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		count = at;
	close(fd);
}

static int slowly(const char *name, int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	struct timespec wait = { delay / 1000, delay % 1000 * 1000000 };

	if (count)
		atomic_fetch_add(count, 1);
	while (delay > 0 && nanosleep(&wait, &wait) != 0 && errno == EINTR)
		;
	return real(fd);
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
