/* log_file.c - read a WAL as a file of bytes.
 *
 * https://www.sqlite.org/fileformat2.html#walformat: a WAL is a header and frames, and a
 * frame is a header and a page. SQLite plays a frame if it repeats the salts of the WAL's
 * header, if its checksum continues that of the frame before, and if it or a later frame
 * ends a commit. */
#include "sqlite/file/log_file.h"
#include "sqlite/file/database.h"
#include "sqlite/file/group.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LOG_HEADER = 32, FRAME_HEADER = 24, PAGE_SIZE_MAX = 1 << 16, PAGES_AT_FIRST = 64 };

/* The magic number says in which byte order the checksums read their words. */
static const uint32_t magic_little = 0x377f0682;
static const uint32_t magic_big = 0x377f0683;

/* The running checksum of a WAL. */
struct sums {
    bool big; /* words are read with the highest byte first */
    uint32_t first, second;
};

static uint32_t little_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 |
           bytes[0];
}

static void sums_add(struct sums *sums, const unsigned char *bytes, size_t size)
{
    for (size_t at = 0; at + 8 <= size; at += 8) {
        uint32_t one = sums->big ? jn_big_at(bytes + at) : little_at(bytes + at);
        uint32_t two = sums->big ? jn_big_at(bytes + at + 4) : little_at(bytes + at + 4);

        sums->first += one + sums->second;
        sums->second += two + sums->first;
    }
}

static bool sums_match(const struct sums *sums, const unsigned char *bytes)
{
    return sums->first == jn_big_at(bytes) && sums->second == jn_big_at(bytes + 4);
}

/* Read all of `size`. False at the end of the file, and if it cannot be read. */
static bool read_at(struct jn_log_file *log, void *bytes, size_t size, off_t offset)
{
    ssize_t got;

    do
        got = pread(log->file, bytes, size, offset);
    while (got < 0 && errno == EINTR);
    log->failed = got < 0 ? errno : 0;
    return got == (ssize_t)size;
}

/* False if SQLite would play nothing of this WAL. */
static bool read_wal_header(struct jn_log_file *log,
                            unsigned char header[LOG_HEADER],
                            struct sums *sums)
{
    uint32_t magic;

    if (!read_at(log, header, LOG_HEADER, 0))
        return false;
    magic = jn_big_at(header);
    log->page_size = jn_big_at(header + 8);
    *sums = (struct sums){.big = magic == magic_big};
    sums_add(sums, header, 24);
    return (magic == magic_little || magic == magic_big) &&
           sums_match(sums, header + 24) && log->page_size >= 512 &&
           log->page_size <= PAGE_SIZE_MAX && !(log->page_size & (log->page_size - 1));
}

static size_t frame_size(const struct jn_log_file *log)
{
    return FRAME_HEADER + log->page_size;
}

static bool read_frame(struct jn_log_file *log, size_t frame)
{
    off_t offset = LOG_HEADER + (off_t)frame * (off_t)frame_size(log);

    return read_at(log, log->frame, frame_size(log), offset);
}

/* Remember which page the frame at hand holds. False if memory runs out. */
static bool keep_page(struct jn_log_file *log,
                      size_t frame,
                      size_t *room,
                      const struct jangle_allocator *allocator)
{
    if (frame == *room) {
        size_t more = *room ? *room * 2 : PAGES_AT_FIRST;
        uint32_t *pages = jn_resize(allocator, log->pages, more * sizeof *pages);

        if (!pages)
            return false;
        log->pages = pages;
        *room = more;
    }
    log->pages[frame] = jn_big_at(log->frame);
    return true;
}

/* Read frames until one does not belong to this WAL. False if memory runs out. */
static bool read_frames(struct jn_log_file *log,
                        const unsigned char header[LOG_HEADER],
                        struct sums sums,
                        const struct jangle_allocator *allocator)
{
    size_t room = 0;

    for (size_t frame = 0; read_frame(log, frame); frame++) {
        sums_add(&sums, log->frame, 8);
        sums_add(&sums, log->frame + FRAME_HEADER, log->page_size);
        if (memcmp(log->frame + 8, header + 16, 8) != 0 ||
            !sums_match(&sums, log->frame + 16))
            break;
        if (!keep_page(log, frame, &room, allocator))
            return false;
        if (jn_big_at(log->frame + 4)) {
            log->page_count = jn_big_at(log->frame + 4);
            log->count = frame + 1;
        }
    }
    return true;
}

enum jangle_result jn_log_file_open(struct jn_log_file *log,
                                    const char *path,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error)
{
    unsigned char header[LOG_HEADER];
    struct sums sums;

    *log = (struct jn_log_file){.file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    if (log->file < 0)
        log->failed = errno == ENOENT ? 0 : errno;
    else if (read_wal_header(log, header, &sums)) {
        log->frame = jn_resize(allocator, NULL, frame_size(log));
        if (!log->frame || !read_frames(log, header, sums, allocator))
            return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory",
                           jn_files_shown(path));
    }
    if (!log->failed)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_STORAGE, "%s: cannot be read: %s", jn_files_shown(path),
                   strerror(log->failed));
}

void jn_log_file_close(struct jn_log_file *log, const struct jangle_allocator *allocator)
{
    if (log->file >= 0)
        close(log->file);
    jn_free(allocator, log->pages);
    jn_free(allocator, log->frame);
    *log = (struct jn_log_file){.file = -1};
}

const unsigned char *jn_log_file_page(struct jn_log_file *log, size_t frame)
{
    return read_frame(log, frame) ? log->frame + FRAME_HEADER : NULL;
}
