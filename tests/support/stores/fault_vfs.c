/* fault_vfs.c - a layer over SQLite's own VFS that fails as it is told. */
#include "support/stores/fault_vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, DISK_FILES = 16, NAME_SIZE = 512 };

/* What the disk has of a file, and which sectors the system has newer. */
struct disk_file {
    char name[NAME_SIZE];
    unsigned char *sectors;
    bool *newer;
    int64_t sector_count; /* that there is room for */
    int64_t size;         /* on the disk */
};

struct fault_file {
    sqlite3_file base;
    struct disk_file *disk; /* NULL: of no interest */
    sqlite3_file *real;
    int number; /* of the last fault */
};

static struct {
    pthread_mutex_t mutex;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct disk_file files[DISK_FILES];
    struct fault fault;
    int number;
    int64_t room;
    bool tears; /* a write may spoil what is beside it */
    int64_t stop_at;
    enum fault_loss loss;
    uint64_t dice;
    int64_t counts[FAULT_ANY_CHANGE + 1];
    fault_watch_fn *watch;
    void *watcher;
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER, .room = -1};

static void lock(void)
{
    pthread_mutex_lock(&disk.mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&disk.mutex);
}

/* ---- what is on the disk ----------------------------------------------------- */

static struct disk_file *find_disk_file(const char *name)
{
    for (size_t at = 0; at < DISK_FILES; at++)
        if (!disk.files[at].name[0] || strcmp(disk.files[at].name, name) == 0)
            return &disk.files[at];
    assert(false); /* more files than a test should have */
    return NULL;
}

static void make_room(struct disk_file *file, int64_t size)
{
    int64_t count = (size + SECTOR - 1) / SECTOR;

    if (count <= file->sector_count)
        return;
    count *= 2;
    file->sectors = realloc(file->sectors, (size_t)count * SECTOR);
    file->newer = realloc(file->newer, (size_t)count * sizeof *file->newer);
    assert(file->sectors && file->newer);
    memset(file->sectors + file->sector_count * SECTOR, 0,
           (size_t)(count - file->sector_count) * SECTOR);
    memset(file->newer + file->sector_count, 0,
           (size_t)(count - file->sector_count) * sizeof *file->newer);
    file->sector_count = count;
}

/* From the system to the disk: a sector, of which there may be less than a whole. Read
 * through SQLite's own descriptor, for closing another would drop its locks. */
static void write_back(struct disk_file *file, sqlite3_file *from, int64_t sector)
{
    unsigned char *to = file->sectors + sector * SECTOR;

    from->pMethods->xRead(from, to, SECTOR,
                          sector * SECTOR); /* zeroes what is not there */
    file->newer[sector] = false;
}

/* All that the system has newer gets to the disk; or is forgotten there, if it failed. */
static void sync_file(struct disk_file *file, sqlite3_file *from, bool failed)
{
    sqlite3_int64 size = 0;

    from->pMethods->xFileSize(from, &size);
    make_room(file, size);
    for (int64_t sector = 0; sector < file->sector_count; sector++)
        if (file->newer[sector]) {
            if (!failed)
                write_back(file, from, sector);
            file->newer[sector] = false;
        }
    if (!failed)
        file->size = size;
}

static void forget_file(struct disk_file *file)
{
    free(file->sectors);
    free(file->newer);
    *file = (struct disk_file){.name = ""};
}

/* What the last process has left of the disk: false if it has left nothing. */
static bool load(struct disk_file *file)
{
    char name[NAME_SIZE + 8];
    int64_t sizes[2];
    FILE *saved;

    snprintf(name, sizeof name, "%s.disk", file->name);
    saved = fopen(name, "rb");
    if (!saved)
        return false;
    if (fread(sizes, sizeof sizes, 1, saved) != 1)
        abort();
    make_room(file, sizes[1] * SECTOR);
    if (fread(file->sectors, SECTOR, (size_t)sizes[1], saved) != (size_t)sizes[1] ||
        fread(file->newer, sizeof *file->newer, (size_t)sizes[1], saved) !=
            (size_t)sizes[1])
        abort();
    file->size = sizes[0];
    fclose(saved);
    unlink(name);
    return true;
}

/* A file that is opened for the first time is on the disk as it is, unless a process has
 * died that knew better. */
static void meet_file(struct disk_file *file, sqlite3_file *from, const char *name)
{
    sqlite3_int64 size = 0;

    if (file->name[0])
        return;
    snprintf(file->name, sizeof file->name, "%s", name);
    if (load(file))
        return;
    from->pMethods->xFileSize(from, &size);
    make_room(file, size);
    for (int64_t sector = 0; sector * SECTOR < size; sector++)
        write_back(file, from, sector);
    file->size = size;
}

/* ---- the power --------------------------------------------------------------- */

static bool toss(void)
{
    disk.dice ^= disk.dice << 13; /* G. Marsaglia, "Xorshift RNGs", 2003 */
    disk.dice ^= disk.dice >> 7;
    disk.dice ^= disk.dice << 17;
    return disk.dice & 1;
}

static int64_t read_sector(int descriptor, int64_t sector, unsigned char *to)
{
    ssize_t got = pread(descriptor, to, SECTOR, (off_t)(sector * SECTOR));

    return got < 0 ? 0 : (int64_t)got;
}

/* What happens to be written back in the last moment. */
static void write_some(struct disk_file *file, int descriptor)
{
    for (int64_t sector = 0; sector < file->sector_count; sector++)
        if (file->newer[sector] && toss()) {
            int64_t got =
                read_sector(descriptor, sector, file->sectors + sector * SECTOR);
            int64_t end = sector * SECTOR + got;

            file->size = got && end > file->size ? end : file->size;
        }
}

/* Nothing of SQLite's is open any more, or will never be used again. */
static void lose(struct disk_file *file)
{
    int descriptor = open(file->name, O_RDWR | O_CLOEXEC);

    if (descriptor < 0)
        return;
    if (disk.loss == FAULT_LOSE_SOME)
        write_some(file, descriptor);
    for (int64_t sector = 0; sector * SECTOR < file->size; sector++) {
        int64_t left = file->size - sector * SECTOR;
        size_t count = left < SECTOR ? (size_t)left : SECTOR;

        if (pwrite(descriptor, file->sectors + sector * SECTOR, count,
                   (off_t)(sector * SECTOR)) != (ssize_t)count)
            abort();
    }
    if (ftruncate(descriptor, (off_t)file->size) != 0)
        abort();
    close(descriptor);
}

/* The process dies, the system lives. */
static void save(const struct disk_file *file)
{
    const int64_t sizes[2] = {file->size, file->sector_count};
    size_t count = (size_t)file->sector_count;
    char name[NAME_SIZE + 8];
    FILE *saved;

    snprintf(name, sizeof name, "%s.disk", file->name);
    saved = fopen(name, "wb");
    if (!saved || fwrite(sizes, sizeof sizes, 1, saved) != 1 ||
        (count && fwrite(file->sectors, SECTOR, count, saved) != count) ||
        (count && fwrite(file->newer, sizeof *file->newer, count, saved) != count))
        abort();
    fclose(saved);
}

static void stop(void)
{
    for (size_t at = 0; at < DISK_FILES; at++)
        if (disk.files[at].name[0] && disk.loss == FAULT_LOSE_NOTHING)
            save(&disk.files[at]);
        else if (disk.files[at].name[0])
            lose(&disk.files[at]);
    _exit(FAULT_EXIT);
}

void fault_vfs_cut_power(enum fault_loss loss, uint64_t seed)
{
    lock();
    disk.loss = loss;
    disk.dice = seed * 0x9e3779b97f4a7c15u + 1;
    stop();
}

/* ---- faults ------------------------------------------------------------------ */

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name);
    size_t end_size = strlen(end);

    return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

static bool is_meant(enum fault_operation operation, const char *name)
{
    const struct fault *fault = &disk.fault;

    if (fault->operation == FAULT_ANY_CHANGE ? operation == FAULT_READ
                                             : fault->operation != operation)
        return false;
    return !fault->file || ends_with(name, fault->file);
}

/* Counts an operation and returns its error, if it is to fail now. Under the lock. */
static int take_fault(enum fault_operation operation, const char *name)
{
    disk.counts[operation]++;
    if (operation != FAULT_READ) {
        disk.counts[FAULT_ANY_CHANGE]++;
        if (disk.stop_at && --disk.stop_at == 0)
            stop();
    }
    if (!is_meant(operation, name))
        return SQLITE_OK;
    if (disk.fault.at > 1) {
        disk.fault.at--;
        return SQLITE_OK;
    }
    if (disk.fault.times && --disk.fault.times == 0)
        disk.fault.operation = FAULT_NOTHING;
    return disk.fault.code;
}

static void tell(enum fault_operation operation, const char *name)
{
    if (disk.watch)
        disk.watch(disk.watcher, operation, name);
}

void fault_vfs_watch(fault_watch_fn *watch, void *context)
{
    lock();
    disk.watch = watch;
    disk.watcher = context;
    unlock();
}

void fault_vfs_reset(void)
{
    lock();
    for (size_t at = 0; at < DISK_FILES; at++)
        forget_file(&disk.files[at]);
    disk.fault = (struct fault){.operation = FAULT_NOTHING};
    disk.number = 0;
    disk.room = -1;
    disk.tears = false;
    disk.stop_at = 0;
    memset(disk.counts, 0, sizeof disk.counts);
    unlock();
}

void fault_vfs_fail(struct fault fault)
{
    lock();
    disk.fault = fault;
    unlock();
}

void fault_vfs_set_errno(int number)
{
    lock();
    disk.number = number;
    unlock();
}

void fault_vfs_set_room(int64_t bytes)
{
    lock();
    disk.room = bytes;
    unlock();
}

void fault_vfs_set_safe_overwrite(bool safe)
{
    lock();
    disk.tears = !safe;
    unlock();
}

void fault_vfs_stop_at(int64_t at, enum fault_loss loss, uint64_t seed)
{
    lock();
    disk.stop_at = at;
    disk.loss = loss;
    disk.dice = seed * 0x9e3779b97f4a7c15u + 1;
    unlock();
}

int64_t fault_vfs_count(enum fault_operation operation)
{
    int64_t count;

    lock();
    count = disk.counts[operation];
    unlock();
    return count;
}

/* ---- files ------------------------------------------------------------------- */

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static const char *name_of(sqlite3_file *file)
{
    struct disk_file *on_disk = ((struct fault_file *)file)->disk;

    return on_disk ? on_disk->name : "";
}

static int close_file(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int read_file(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    int code;

    tell(FAULT_READ, name_of(file));
    lock();
    code = take_fault(FAULT_READ, name_of(file));
    unlock();
    return code ? code : real(file)->pMethods->xRead(real(file), bytes, size, offset);
}

/* Is there room for it? Under the lock. */
static int grow(sqlite3_file *file, sqlite3_int64 end)
{
    sqlite3_int64 size = 0;

    if (disk.room < 0)
        return SQLITE_OK;
    real(file)->pMethods->xFileSize(real(file), &size);
    if (end <= size)
        return SQLITE_OK;
    if (end - size > disk.room)
        return SQLITE_FULL;
    disk.room -= end - size;
    return SQLITE_OK;
}

static int
write_file(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct disk_file *on_disk = ((struct fault_file *)file)->disk;
    int code;

    tell(FAULT_WRITE, name_of(file));
    lock();
    code = take_fault(FAULT_WRITE, name_of(file));
    if (code)
        ((struct fault_file *)file)->number = disk.number;
    if (!code)
        code = grow(file, offset + size);
    if (!code)
        code = real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    if (!code && on_disk) {
        make_room(on_disk, offset + size);
        for (int64_t sector = offset / SECTOR; sector * SECTOR < offset + size; sector++)
            on_disk->newer[sector] = true;
    }
    unlock();
    return code;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    int code;

    tell(FAULT_TRUNCATE, name_of(file));
    lock();
    code = take_fault(FAULT_TRUNCATE, name_of(file));
    if (!code)
        code = real(file)->pMethods->xTruncate(real(file), size);
    unlock();
    return code;
}

static int sync_to_disk(sqlite3_file *file, int flags)
{
    struct disk_file *on_disk = ((struct fault_file *)file)->disk;
    int code;

    (void)flags; /* the disk is ours: no need to wait for the real one */
    tell(FAULT_SYNC, name_of(file));
    lock();
    code = take_fault(FAULT_SYNC, name_of(file));
    if (on_disk)
        sync_file(on_disk, real(file), code != SQLITE_OK);
    unlock();
    return code;
}

static int get_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int lock_file(sqlite3_file *file, int level)
{
    int code = real(file)->pMethods->xLock(real(file), level);

    if (code)
        tell(FAULT_REFUSAL, name_of(file));
    return code;
}

static int unlock_file(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int check_reserved(sqlite3_file *file, int *taken)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), taken);
}

static int control(sqlite3_file *file, int operation, void *argument)
{
    int number = ((struct fault_file *)file)->number;

    if (operation == SQLITE_FCNTL_LAST_ERRNO && number) {
        *(int *)argument = number;
        return SQLITE_OK;
    }
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int sector_size(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int characteristics(sqlite3_file *file)
{
    int found = real(file)->pMethods->xDeviceCharacteristics(real(file));

    lock();
    if (disk.tears)
        found &= ~SQLITE_IOCAP_POWERSAFE_OVERWRITE;
    unlock();
    return found;
}

static int
map_shared(sqlite3_file *file, int region, int size, int extend, void volatile **memory)
{
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}

static int lock_shared(sqlite3_file *file, int offset, int count, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void shared_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int unmap_shared(sqlite3_file *file, int delete_it)
{
    return real(file)->pMethods->xShmUnmap(real(file), delete_it);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_to_disk,
    .xFileSize = get_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = unmap_shared,
};

/* ---- the VFS ----------------------------------------------------------------- */

static int open_file(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct fault_file *mine = (struct fault_file *)file;
    int code;

    (void)vfs;
    mine->real = (sqlite3_file *)(mine + 1);
    mine->disk = NULL;
    mine->number = 0;
    mine->base.pMethods = NULL;
    memset(mine->real, 0, (size_t)disk.real->szOsFile);
    code = disk.real->xOpen(disk.real, name, mine->real, flags, out_flags);
    if (mine->real->pMethods)
        mine->base.pMethods = &methods;
    if (!code && name) {
        lock();
        mine->disk = find_disk_file(name);
        meet_file(mine->disk, mine->real, name);
        unlock();
    }
    return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    int code;

    (void)vfs;
    tell(FAULT_DELETE, name);
    lock();
    code = take_fault(FAULT_DELETE, name);
    if (!code)
        code = disk.real->xDelete(disk.real, name, sync_folder);
    if (!code) {
        struct disk_file *on_disk = find_disk_file(name);

        free(on_disk->sectors);
        free(on_disk->newer);
        on_disk->sectors = NULL;
        on_disk->newer = NULL;
        on_disk->sector_count = 0;
        on_disk->size = 0;
    }
    unlock();
    return code;
}

const char *fault_vfs_register(void)
{
    if (disk.real)
        return disk.vfs.zName;
    disk.real = sqlite3_vfs_find(NULL);
    assert(disk.real);
    disk.vfs = *disk.real;
    disk.vfs.zName = "fault";
    disk.vfs.szOsFile = (int)sizeof(struct fault_file) + disk.real->szOsFile;
    disk.vfs.xOpen = open_file;
    disk.vfs.xDelete = delete_file;
    disk.vfs.pNext = NULL;
    sqlite3_vfs_register(&disk.vfs, 0);
    return disk.vfs.zName;
}
