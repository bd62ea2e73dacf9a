/* points_view.c - a view of the bank's events and of ours: who has how many points, and
 * how much money was moved for them. */
#include "loyalty.h"
#include "messages.h"

struct set_points {
    const char *member_id;
    int64_t points;
};

static JANGLE_UPSERT(set_points, "members", key(member_id), if_greater(points));

static enum jangle_result show_points(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct points_awarded *awarded = event->data;

    return jangle_view_upsert(delivery->view, set_points,
                              .member_id = event->aggregate_id, .points = awarded->total);
}

/* A sum is right here: the message was stored once, and each stored event changes the
 * view once. */
static enum jangle_result show_money(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    const struct money_moved *moved = event->data;

    return jangle_view_run(delivery->view,
                           "INSERT INTO members (member_id, points, moved)"
                           " VALUES (?, 0, ?) ON CONFLICT (member_id)"
                           " DO UPDATE SET moved = moved + excluded.moved",
                           moved->account_id,
                           moved->amount < 0 ? -moved->amount : moved->amount);
}

static enum jangle_result answer_members(struct jangle_answer *answer,
                                         const struct jangle_query *query)
{
    const struct list_members *list = query->data;
    struct member_lines members = {0};

    jangle_view_list(query->view, &members, member_line,
                     "SELECT member_id, points, moved FROM members WHERE points >= ?"
                     " ORDER BY member_id",
                     list->at_least);
    return jangle_answer_with(answer, member_list, .members = members);
}

const struct jangle_subscriber points_view = {
    .name = "points",
    .handlers =
        JANGLE_HANDLERS({&points_awarded, show_points}, {&money_moved, show_money}),
    .answerers = JANGLE_ANSWERERS({&list_members, answer_members}),
    .upserts = JANGLE_UPSERTS(&set_points),
    .schema =
        "CREATE TABLE members (member_id TEXT PRIMARY KEY, points INTEGER NOT NULL,"
        " moved INTEGER NOT NULL DEFAULT 0) STRICT",
};
