/* forks.c - files that were open when this process was forked off. A note holds the
 * process that made it, so a child finds the notes of its parent. */
#include "sqlite/file/forks.h"

#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTES_MAX = 256, FREE = 0, TAKEN = -1 };

/* There is no mutex, because a child could inherit it locked. A process changes only its
 * own notes. */
static struct {
    _Atomic pid_t process;
    dev_t device;
    ino_t file;
} notes[NOTES_MAX];

int jn_forks_note(const struct stat *status)
{
    for (int at = 0; at < NOTES_MAX; at++) {
        pid_t expected = FREE;

        if (!atomic_compare_exchange_strong(&notes[at].process, &expected, TAKEN))
            continue;
        notes[at].device = status->st_dev;
        notes[at].file = status->st_ino;
        atomic_store(&notes[at].process, getpid());
        return at;
    }
    return JN_FORKS_NONE;
}

void jn_forks_forget(int note)
{
    if (note != JN_FORKS_NONE)
        atomic_store(&notes[note].process, FREE);
}

bool jn_forks_inherited(const struct stat *status)
{
    pid_t self = getpid();

    for (int at = 0; at < NOTES_MAX; at++) {
        pid_t process = atomic_load(&notes[at].process);

        if (process > 0 && process != self && notes[at].device == status->st_dev &&
            notes[at].file == status->st_ino)
            return true;
    }
    return false;
}
