/* log_reader.h - the neighbours at a hub whose queues are logs, and a stranger that sends
 * straight into the queue of the taker. What the taker takes is written down. */
#ifndef LOG_READER_H
#define LOG_READER_H

#include "support/domains/stranger.h"
#include "support/test_host.h"

/* The checkpoints of the two logs that the taker reads. */
#define LOG_OF_TOPIC "watch#topic/purses"
#define LOG_OF_QUEUE "watch#queue/watch"

struct log_reader {
    struct neighbours both;
    struct stranger stranger;
    struct test_host elsewhere; /* of the stranger */
    struct follower heard;
};
extern struct log_reader reader;

/* The purses publish to the topic; the taker stores that, and what the stranger sends. */
void log_reader_open_all(bool in_files);
void log_reader_close_all(void);

/* Open the taker alone, and poll. Before that: let both use the logs of the hub. */
void log_reader_open(void);
void log_reader_use_logs(void);
void log_reader_open_stranger(void);

/* So many events of two purses. */
void log_reader_publish(int count);

/* Of the stranger: a message under an id, or if NULL a new one; and one that cannot be
 * read. */
void log_reader_send_good(const char *id);
void log_reader_send_bad(void);

struct jangle_endpoint_stats log_reader_figures(void);

/* How many dead letters the broker has. */
size_t log_reader_count_dead(void);

/* The next offset of the queue's own log, as it is stored; 0: there is none. */
int64_t log_reader_offset(void);

#endif
