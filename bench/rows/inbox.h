/* inbox.h - what a program does by hand with messages that it takes: each is read by
 * jansson and stored once, as an event and with the row of its account, before it is
 * acknowledged. This is the pattern that is called an inbox. */
#ifndef BENCH_INBOX_H
#define BENCH_INBOX_H

#include "rows/tally.h"

struct inbox;

/* Make the file. It ends the program if it fails, and so do all of these. */
struct inbox *inbox_open(const char *path);

/* It stores CloudEvents of rows/body.h. One whose id is there is skipped. */
struct tally_store inbox_store(struct inbox *inbox);

/* Returns how many events are stored. */
int64_t inbox_close(struct inbox *inbox);

#endif
