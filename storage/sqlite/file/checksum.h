/* checksum.h - what an event was when it was stored, in 64 bits. */
#ifndef JN_CHECKSUM_H
#define JN_CHECKSUM_H

#include <jangle/plugin/store.h>

enum { JN_DIGEST_SIZE = 16 };

/* Of a payload: all that is left of one that was taken away. */
void jn_digest(unsigned char digest[JN_DIGEST_SIZE], const void *bytes, size_t size);

/* Of all that a record says: names, not the numbers they are filed under. The payload
 * comes in by its digest. */
int64_t jn_checksum(const struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE]);

#endif
