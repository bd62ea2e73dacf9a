/* exchange_files.h - the files of both programs of exchange.h, compared by SQL alone, so
 * that no code of jangle judges itself. */
#ifndef EXCHANGE_FILES_H
#define EXCHANGE_FILES_H

#include <stdint.h>

/* The sender's file has `count` events. The taker's file has each of them once, in its
 * stream's order. Nothing is dead in either. Nobody has the files open. */
void exchange_files_assert_events(const char *sender, const char *taker, int64_t count);

/* The same; and each command that was posted for them was done once, in the order in
 * which they were posted. */
void exchange_files_assert_whole(const char *sender, const char *taker, int64_t count);

#endif
