/* missing.c - what a row needs and does not find here. */
#include "missing.h"
#include "broker.h"
#include "peers/peer.h"

const char *missing_for(const struct bench_row *row, const char *directory)
{
    return row->peer ? row->peer->missing(directory) : broker_missing(row->broker);
}
