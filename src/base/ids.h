/* ids.h - UUIDs of version 7, each greater than the one before; libuuid writes and reads
 * their text. */
#ifndef JN_IDS_H
#define JN_IDS_H

#include "base/host.h"

/* Of `clock` and `random` only `now` and `fill` are used. Both must live as long as
 * `ids`. `in_blocks`: `random` is the system's, and its bytes are taken many at a time; a
 * source of the program's own is asked for those of one id, and may count them.
 * NO_MEMORY; then there is nothing to finish. */
enum jangle_result jn_ids_init(struct jn_ids *ids,
                               const struct jangle_clock *clock,
                               const struct jangle_random *random,
                               bool in_blocks);
void jn_ids_finish(struct jn_ids *ids);
void jn_ids_next(struct jn_ids *ids, unsigned char id[JANGLE_ID_SIZE]);

/* The id of a list of texts, which ends with NULL: the same texts, the same id. A UUID of
 * version 8 (RFC 9562). */
void jn_id_derive(unsigned char id[JANGLE_ID_SIZE], const char *const *texts);

/* The same, but if `sent_as` is the text of a UUID of version 7, the id begins with the
 * 48 bits of its time. Ids of messages that were sent one after the other then lie side
 * by side in an index, where hashes would each change another page of it. The other 74
 * bits are of the hash. */
void jn_id_derive_in_time(unsigned char id[JANGLE_ID_SIZE],
                          const char *const *texts,
                          const char *sent_as);

void jn_id_to_text(const unsigned char id[JANGLE_ID_SIZE], char text[JN_ID_TEXT_SIZE]);
bool jn_id_from_text(unsigned char id[JANGLE_ID_SIZE], const char *text);

#endif
