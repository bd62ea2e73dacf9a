/* room.c - memory that is taken piece by piece and given back all at once. */
#include "aws/wire/room.h"

/* A piece of its own for each text, so that ASan sees a look beyond it. */
struct jn_aws_piece {
    struct jn_aws_piece *next;
    char bytes[];
};

void *jn_aws_room_take(struct jn_aws_room *room, size_t size)
{
    struct jn_aws_piece *piece = NULL;

    if (size < SIZE_MAX - sizeof *piece)
        piece = jn_resize(room->allocator, NULL, sizeof *piece + size + 1);
    if (!piece)
        return NULL;
    piece->next = room->pieces;
    piece->bytes[size] = '\0';
    room->pieces = piece;
    return piece->bytes;
}

void jn_aws_room_empty(struct jn_aws_room *room)
{
    while (room->pieces) {
        struct jn_aws_piece *piece = room->pieces;

        room->pieces = piece->next;
        jn_free(room->allocator, piece);
    }
}
