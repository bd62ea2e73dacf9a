/* room.h - memory that is taken piece by piece and given back all at once. */
#ifndef JN_AWS_ROOM_H
#define JN_AWS_ROOM_H

#include <jangle/plugin/support.h>

struct jn_aws_piece;

struct jn_aws_room {
    const struct jangle_allocator *allocator;
    struct jn_aws_piece *pieces; /* the newest first */
};

/* `size` bytes, aligned for pointers, and a zero behind them. NULL: no memory. */
void *jn_aws_room_take(struct jn_aws_room *room, size_t size);
void jn_aws_room_empty(struct jn_aws_room *room);

#endif
