/* identity.h - which file a name leads to, and whether the names in a folder are still
 * those that were looked at. */
#ifndef JN_IDENTITY_H
#define JN_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Identifies a file whatever its name is. Zeroed: none. */
struct jn_identity {
    uint64_t device;
    uint64_t file;
};

/* False if the name leads to no file. */
bool jn_identity_find(const char *path, struct jn_identity *identity);
bool jn_identity_is(const struct jn_identity *one, const struct jn_identity *other);

/* Names in a folder that were all looked at. A file system changes the times of a folder
 * whenever a name in it is made, removed, or leads to another file. So as long as the
 * path of the folder leads to the same one, with the same times, its names need not be
 * looked at again. Zeroed: nothing was looked at.
 *
 * A clock moves on in ticks, of up to ten milliseconds, and a second change within one
 * leaves the same time. So a folder is trusted only if its names were looked at when its
 * times had been the same for a tenth of a second; and never if its file system knows
 * whole seconds alone. */
struct jn_folder {
    struct jn_identity identity;
    int64_t seconds; /* when it was changed */
    uint32_t nanoseconds;
    int64_t seen_us; /* of jn_monotonic_us: when it was first seen so */
    bool is_trusted;
};

/* True if nothing has changed since the last look that went well. Else the caller looks
 * at the names, and says how that went. */
bool jn_folder_is_same(struct jn_folder *folder, const char *path);
void jn_folder_looked_at(struct jn_folder *folder, int64_t begun_us, bool went_well);

#endif
