/* log_file.h - a write-ahead log, read as the file that it is, without SQLite, which
 * would play it into the file beside it. */
#ifndef JN_LOG_FILE_H
#define JN_LOG_FILE_H

#include <jangle/plugin/support.h>

struct jn_log_file {
    int file;
    int failed; /* errno of what could not be read; 0 */
    uint32_t page_size;
    uint32_t page_count;  /* of the database, after the last commit */
    uint32_t *pages;      /* by frames: the number of the page that it holds */
    size_t count;         /* of frames, up to the last commit; 0: nothing is played */
    unsigned char *frame; /* the one that was read last */
};

/* Read which pages it holds. A log that is not there holds nothing. STORAGE if it cannot
 * be read. Close it in any case. */
enum jangle_result jn_log_file_open(struct jn_log_file *log,
                                    const char *path,
                                    const struct jangle_allocator *allocator,
                                    struct jangle_error *error);
void jn_log_file_close(struct jn_log_file *log, const struct jangle_allocator *allocator);

/* The page in that frame, until the next one is read; NULL if it cannot be read. */
const unsigned char *jn_log_file_page(struct jn_log_file *log, size_t frame);

#endif
