/* memory_slab.c -- slabs of equal objects, carved as they are needed. */
#include "zones/memory_slab.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	/* Aligned to its length, so that an object's address leads to its slab. */
	SLAB_LEN = 256 << 10,
	CLASS_COUNT = SLAB_OBJECT_LEN_MAX / SLAB_UNIT + 1,
	/* Pages are asked for so much at a time: by twos and threes of small zones the system is
	 * interrupted for each, which costs more. */
	READY_LEN = 32 << 10,
};
_Static_assert((int)SLAB_LEN % (int)READY_LEN == 0 && (int)SLAB_OBJECT_LEN_MAX < (int)READY_LEN,
	       "an object needs one step at most, and the last ends with the slab");

/* An object that was given back; the next one is in its first octets. */
struct free_object {
	struct free_object *next;
};

/* At the beginning of each slab; objects follow. */
struct slab {
	struct slab *next; /* of its class, with room */
	struct slab *before;
	struct free_object *free;
	uint32_t used_count;
	uint32_t carved_len; /* from here on nothing was ever handed out, nor written to */
	uint32_t ready_len;  /* up to here the system was asked for its pages */
};
_Static_assert(sizeof(struct slab) % SLAB_UNIT == 0, "objects are aligned");

/* Slabs of objects of one length; only those with room. */
struct class
{
	atomic_flag lock;
	struct slab *first;
};

static struct class classes[CLASS_COUNT];

/* Whoever holds the lock may have been put aside by the kernel. */
static void
class_lock(struct class *class)
{
	while (atomic_flag_test_and_set_explicit(&class->lock, memory_order_acquire))
		sched_yield();
}

static void
class_unlock(struct class *class)
{
	atomic_flag_clear_explicit(&class->lock, memory_order_release);
}

static size_t
class_idx(size_t len)
{
	return len > 0 ? (len + SLAB_UNIT - 1) / SLAB_UNIT : 1;
}

static struct slab *
slab_of(void *object)
{
	return (struct slab *)((uintptr_t)object & ~(uintptr_t)(SLAB_LEN - 1));
}

static bool
has_room(const struct slab *slab, size_t object_len)
{
	return slab->free != NULL || slab->carved_len + object_len <= SLAB_LEN;
}

static void
link_first(struct class *class, struct slab *slab)
{
	slab->before = NULL;
	slab->next = class->first;
	if (class->first != NULL)
		class->first->before = slab;
	class->first = slab;
}

static void
unlink_slab(struct class *class, struct slab *slab)
{
	if (slab->before != NULL)
		slab->before->next = slab->next;
	else
		class->first = slab->next;
	if (slab->next != NULL)
		slab->next->before = slab->before;
}

/* From the first slab, which has room. *unready becomes READY_LEN octets to get ready, without the
 * lock, or stays. */
static void *
take(struct class *class, size_t object_len, void **unready)
{
	struct slab *slab = class->first;
	void *object = slab->free;
	if (object != NULL) {
		slab->free = slab->free->next;
	} else {
		object = (uint8_t *)slab + slab->carved_len;
		slab->carved_len += (uint32_t)object_len;
		if (slab->carved_len > slab->ready_len) {
			*unready = (uint8_t *)slab + slab->ready_len;
			slab->ready_len += READY_LEN;
		}
	}
	slab->used_count++;
	if (!has_room(slab, object_len))
		unlink_slab(class, slab);
	return object;
}

/* Where the system knows of no such thing, each page comes when it is written to. */
static void
get_ready(void *unready)
{
	if (unready != NULL)
		madvise(unready, READY_LEN, MADV_POPULATE_WRITE);
}

void *
slab_object_new(size_t len)
{
	size_t idx = class_idx(len);
	struct class *class = &classes[idx];
	void *object = NULL;
	void *unready = NULL;
	class_lock(class);
	if (class->first != NULL)
		object = take(class, idx * SLAB_UNIT, &unready);
	class_unlock(class);
	get_ready(unready);
	if (object != NULL)
		return object;

	/* The system may take its time: not under the lock. */
	struct slab *slab = aligned_alloc(SLAB_LEN, SLAB_LEN);
	if (slab == NULL)
		return NULL;
	*slab = (struct slab){.carved_len = sizeof(*slab)};
	class_lock(class);
	link_first(class, slab);
	object = take(class, idx * SLAB_UNIT, &unready);
	class_unlock(class);
	get_ready(unready);
	return object;
}

void
slab_object_free(void *object, size_t len)
{
	size_t idx = class_idx(len);
	struct class *class = &classes[idx];
	struct slab *slab = slab_of(object);
	struct free_object *freed = object;
	class_lock(class);
	if (!has_room(slab, idx * SLAB_UNIT))
		link_first(class, slab);
	freed->next = slab->free;
	slab->free = freed;
	bool is_unused = --slab->used_count == 0;
	if (is_unused)
		unlink_slab(class, slab);
	class_unlock(class);
	if (is_unused)
		free(slab);
}
