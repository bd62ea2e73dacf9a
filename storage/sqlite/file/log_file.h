/* log_file.h - read a WAL as a file of bytes, without SQLite, which would play it into
 * the file beside it. */
#ifndef JN_LOG_FILE_H
#define JN_LOG_FILE_H

#include <jangle/plugin/support.h>

/* A number in SQLite's files: 4 bytes, the highest first. */
static inline uint32_t jn_big_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

struct jn_log_file {
    int file;
    int failed; /* errno of the last read that failed; 0: none did */
    uint32_t page_size;
    uint32_t page_count; /* of the database, after the last commit */
    uint32_t *pages;     /* for each frame, the number of the page that it holds */
    size_t count;        /* of frames up to the last commit; 0: nothing would be played */
    unsigned char *frame; /* the frame that was read last */
};

/* Read which pages a WAL holds. A WAL that does not exist holds none. STORAGE if it
 * cannot be read. Close it in any case. */
enum jangle_result jn_log_file_open(struct jn_log_file *log,
                                    const char *path,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error);
void jn_log_file_close(struct jn_log_file *log, const struct jangle_allocator *allocator);

/* The page in a frame, valid until the next one is read; NULL if it cannot be read. */
const unsigned char *jn_log_file_page(struct jn_log_file *log, size_t frame);

#endif
