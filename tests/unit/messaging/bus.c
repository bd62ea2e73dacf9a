/* bus.c - a bus calls its listeners in order, whatever they return, and keeps what they
 * publish themselves. */
#include "messaging/bus.h"

#include "support/failing_allocator.h"
#include "support/test.h"

#include <pthread.h>
#include <stdio.h>

/* ---- what is published ------------------------------------------------------- */

struct stock_moved {
    const char *item;
    int64_t amount;
};

struct order_line {
    const char *item;
    jangle_optional_text note;
};

struct order_lines {
    struct order_line *items;
    size_t count;
};

struct home_address {
    const char *street;
    struct order_lines gifts;
};

struct order_placed {
    const char *order_id;
    jangle_json extra;
    struct home_address to;
    struct order_lines lines;
};

static void check_stock_moved(struct jangle_check *check, const void *message)
{
    const struct stock_moved *moved = message;

    jangle_check_range(check, moved, amount, 0, 1000);
}

static JANGLE_STRUCT(order_line, item, note);
static JANGLE_STRUCT(home_address, street, list(gifts, order_line));
static JANGLE_EVENT(
    order_placed, order_id, extra, nested(to, home_address), list(lines, order_line));
static JANGLE_EVENT(stock_moved, item, amount, check(check_stock_moved));

/* ---- who listens ------------------------------------------------------------- */

/* Writes down its name at each call, does something, and returns a result. */
struct listener {
    const char *name;
    enum jangle_result result;
    void (*act)(struct listener *listener, const void *data);
    enum jangle_result acted; /* what `act` got from the bus */
};

static struct jangle_bus *bus;
static char called[256]; /* the names of those who were called, in order */

static void write_down(const char *name, const char *more)
{
    size_t used = strlen(called);

    snprintf(called + used, sizeof called - used, "%s%s", name, more);
}

static enum jangle_result
note_call(void *context, const struct jangle_message *type, const void *data)
{
    struct listener *listener = context;

    assert_true(jangle_bus_is_publishing(bus));
    assert_true(type == &stock_moved || type == &order_placed);
    write_down(listener->name, type == &stock_moved ? "" : "!");
    if (listener->act)
        listener->act(listener, data);
    return listener->result;
}

static void add(const struct jangle_message *type, struct listener *listener)
{
    assert_result(jangle_bus_listen(bus, type, note_call, listener), JANGLE_OK);
}

static void assert_called(const char *names)
{
    assert_string_equal(called, names);
    called[0] = 0;
    assert_false(jangle_bus_is_publishing(bus));
}

static enum jangle_result move_stock(int64_t amount)
{
    return jangle_bus_publish(bus, stock_moved, .item = "bolt", .amount = amount);
}

static enum jangle_result place_order(void)
{
    return jangle_bus_publish(bus, order_placed, .order_id = "7", .to.street = "Elm St");
}

static void open_bus(enum jangle_nesting nesting)
{
    bus = jangle_bus_open(nesting);
    assert_non_null(bus);
    called[0] = 0;
}

static void close_bus(void)
{
    assert_true(jangle_bus_close(bus));
}

/* ---- listening --------------------------------------------------------------- */

static void listeners_are_called_in_the_order_in_which_they_were_added(void **state)
{
    struct listener a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"},
                    d = {.name = "d"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &c);
    add(&stock_moved, &a);
    add(&stock_moved, &d);
    add(&stock_moved, &b);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("cadb");
    close_bus();
}

static void a_listener_gets_its_type_and_a_listener_of_every_type_gets_all(void **state)
{
    struct listener every = {.name = "e"}, moved = {.name = "m"}, placed = {.name = "p"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("");
    add(&stock_moved, &moved);
    add(NULL, &every);
    add(&order_placed, &placed);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("me");
    assert_result(place_order(), JANGLE_OK);
    assert_called("e!p!");
    close_bus();
}

static void the_same_three_are_listened_to_once(void **state)
{
    struct listener a = {.name = "a"}, b = {.name = "b"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&stock_moved, &a);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("ab");
    add(NULL, &a);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("aba");
    close_bus();
}

static void who_listens_no_more_is_not_called(void **state)
{
    struct listener a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"},
                    other = {.name = "o"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, &a),
                  JANGLE_NOT_FOUND);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&stock_moved, &c);
    assert_result(jangle_bus_unlisten(bus, NULL, note_call, &b), JANGLE_NOT_FOUND);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, &other),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, NULL, &b), JANGLE_NOT_FOUND);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, &b), JANGLE_OK);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, &b),
                  JANGLE_NOT_FOUND);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("ac");
    add(&stock_moved, &b);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, &a), JANGLE_OK);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("cb");
    close_bus();
}

static void a_bus_takes_many_listeners(void **state)
{
    struct listener many[100];

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    for (int i = 0; i < 100; i++) {
        many[i] = (struct listener){.name = i % 2 ? "y" : "x"};
        add(&stock_moved, &many[i]);
    }
    assert_result(move_stock(1), JANGLE_OK);
    assert_int_equal(strlen(called), 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(called[i], i % 2 ? 'y' : 'x');
    close_bus();
}

static void who_cannot_listen_is_refused(void **state)
{
    static const struct jangle_field nameless[] = {
        {"item", offsetof(struct stock_moved, item), JANGLE_KIND_TEXT, NULL}, {0}};
    static const struct jangle_message wrong = {.role = JANGLE_ROLE_EVENT,
                                                .size = sizeof(struct stock_moved),
                                                .fields = nameless};
    struct listener a = {.name = "a"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    assert_result(jangle_bus_listen(bus, &stock_moved, NULL, &a), JANGLE_INVALID);
    assert_result(jangle_bus_listen(bus, &wrong, note_call, &a), JANGLE_INVALID);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("");
    close_bus();
}

/* ---- results ----------------------------------------------------------------- */

static void all_are_called_and_the_first_failure_is_returned(void **state)
{
    struct listener a = {.name = "a"}, b = {.name = "b", .result = JANGLE_RETRY},
                    c = {.name = "c"}, d = {.name = "d", .result = JANGLE_REJECTED};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(NULL, &a);
    add(NULL, &b);
    add(NULL, &c);
    add(NULL, &d);
    assert_result(move_stock(1), JANGLE_RETRY);
    assert_called("abcd");
    b.result = JANGLE_OK;
    assert_result(move_stock(1), JANGLE_REJECTED);
    assert_called("abcd");
    close_bus();
}

static void what_does_not_pass_its_check_reaches_nobody(void **state)
{
    struct listener a = {.name = "a"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(NULL, &a);
    assert_result(move_stock(-1), JANGLE_INVALID);
    assert_result(jangle_bus_publish(bus, stock_moved, .amount = 1), JANGLE_INVALID);
    assert_result(jangle_bus_publish(bus, stock_moved, .item = "\xff", .amount = 1),
                  JANGLE_INVALID);
    assert_called("");
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("a");
    close_bus();
}

/* ---- what a listener publishes ----------------------------------------------- */

static void act_place(struct listener *listener, const void *data)
{
    (void)data;
    write_down("(", "");
    listener->acted = place_order();
    write_down(")", "");
}

/* Publish one that is smaller by 1, down to 0. */
static void act_count_down(struct listener *listener, const void *data)
{
    const struct stock_moved *moved = data;

    if (moved->amount > 0)
        listener->acted = move_stock(moved->amount - 1);
}

static void act_fail_check(struct listener *listener, const void *data)
{
    if (((const struct stock_moved *)data)->amount > 0)
        listener->acted = move_stock(-1);
}

static void after_comes_when_the_first_is_through(void **state)
{
    struct listener a = {.name = "a", .act = act_place, .acted = JANGLE_UNKNOWN},
                    b = {.name = "b"}, p = {.name = "p", .result = JANGLE_RETRY};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&order_placed, &p);
    assert_result(move_stock(1), JANGLE_RETRY);
    assert_called("a()bp!");
    assert_result(a.acted, JANGLE_OK);
    b.result = JANGLE_REJECTED;
    assert_result(move_stock(1), JANGLE_REJECTED);
    assert_called("a()bp!");
    close_bus();
}

/* Each of the two publishes; then what the first published is through before what the
 * second did, and what they lead to comes last. */
static void after_comes_in_the_order_of_publishing(void **state)
{
    struct listener a = {.name = "a", .act = act_count_down},
                    b = {.name = "b", .act = act_place}, p = {.name = "p"};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&order_placed, &p);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("ab()" /* move 1 */ "ab()" /* move 0 */ "p!p!");
    close_bus();
}

static void act_refuse_none(struct listener *listener, const void *data)
{
    listener->result =
        ((const struct stock_moved *)data)->amount ? JANGLE_OK : JANGLE_REJECTED;
}

static void the_first_failure_of_what_came_after_is_returned(void **state)
{
    struct listener a = {.name = "a", .act = act_count_down},
                    b = {.name = "b", .act = act_place},
                    c = {.name = "c", .act = act_refuse_none},
                    p = {.name = "p", .result = JANGLE_RETRY};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&stock_moved, &c);
    add(&order_placed, &p);
    assert_result(move_stock(1), JANGLE_REJECTED);
    assert_called("ab()cab()cp!p!");
    close_bus();
}

static void after_is_as_deep_as_one_likes(void **state)
{
    struct listener a = {.name = "a", .act = act_count_down},
                    b = {.name = "b", .result = JANGLE_OK};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    assert_result(move_stock(100), JANGLE_OK);
    assert_int_equal(strlen(called), 202);
    assert_memory_equal(called, "ababab", 6);
    close_bus();
}

static void now_comes_at_once_and_answers_its_publisher(void **state)
{
    struct listener a = {.name = "a", .act = act_place}, b = {.name = "b"},
                    p = {.name = "p", .result = JANGLE_RETRY};

    (void)state;
    open_bus(JANGLE_NESTED_NOW);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&order_placed, &p);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("a(p!)b");
    assert_result(a.acted, JANGLE_RETRY);
    close_bus();
}

static void now_is_16_deep(void **state)
{
    struct listener a = {.name = "a", .act = act_count_down};

    (void)state;
    open_bus(JANGLE_NESTED_NOW);
    add(&stock_moved, &a);
    assert_result(move_stock(16), JANGLE_OK);
    assert_called("aaaaaaaaaaaaaaaaa");
    assert_result(a.acted, JANGLE_OK);
    close_bus();
}

static enum jangle_result deepest;

static void act_without_end(struct listener *listener, const void *data)
{
    enum jangle_result result = move_stock(1);

    (void)listener;
    (void)data;
    if (result)
        deepest = result;
}

static void the_seventeenth_is_invalid(void **state)
{
    struct listener a = {.name = "a", .act = act_without_end};

    (void)state;
    open_bus(JANGLE_NESTED_NOW);
    add(&stock_moved, &a);
    deepest = JANGLE_OK;
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("aaaaaaaaaaaaaaaaa");
    assert_result(deepest, JANGLE_INVALID);
    a.act = NULL;
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("a");
    close_bus();
}

static void never_is_invalid_and_reaches_nobody(void **state)
{
    struct listener a = {.name = "a", .act = act_place}, b = {.name = "b"},
                    p = {.name = "p"};

    (void)state;
    open_bus(JANGLE_NESTED_NEVER);
    add(&stock_moved, &a);
    add(&stock_moved, &b);
    add(&order_placed, &p);
    assert_result(move_stock(1), JANGLE_OK);
    assert_called("a()b");
    assert_result(a.acted, JANGLE_INVALID);
    assert_result(place_order(), JANGLE_OK);
    assert_called("p!");
    close_bus();
}

static void what_a_listener_publishes_is_checked_too(void **state)
{
    (void)state;
    for (int nesting = JANGLE_NESTED_AFTER; nesting <= JANGLE_NESTED_NOW; nesting++) {
        struct listener a = {.name = "a", .act = act_fail_check};

        open_bus((enum jangle_nesting)nesting);
        add(&stock_moved, &a);
        assert_result(move_stock(1), JANGLE_OK);
        assert_called("a");
        assert_result(a.acted, JANGLE_INVALID);
        close_bus();
    }
}

/* ---- copies ------------------------------------------------------------------ */

/* All that the order points to is overwritten as soon as it was published. */
static void act_place_and_overwrite(struct listener *listener, const void *data)
{
    char id[] = "order 7", street[] = "Elm Street", item[] = "coolers", note[] = "big",
         gift[] = "ribbon", extra[] = "[1]";
    struct order_line lines[] = {{item, {true, note}}, {item, {false, note}}};
    struct order_line gifts[] = {{.item = gift}};

    (void)data;
    listener->acted =
        jangle_bus_publish(bus, order_placed, .order_id = id, .extra = {extra},
                           .to = {street, {gifts, 1}}, .lines = {lines, 2});
    memset(id, 'x', sizeof id - 1);
    memset(street, 'x', sizeof street - 1);
    memset(item, 'x', sizeof item - 1);
    memset(note, 'x', sizeof note - 1);
    memset(gift, 'x', sizeof gift - 1);
    memset(extra, 'x', sizeof extra - 1);
    memset(lines, 0xa5, sizeof lines);
    memset(gifts, 0xa5, sizeof gifts);
}

static void act_read_order(struct listener *listener, const void *data)
{
    const struct order_placed *order = data;

    (void)listener;
    assert_string_equal(order->order_id, "order 7");
    assert_string_equal(order->extra.text, "[1]");
    assert_string_equal(order->to.street, "Elm Street");
    assert_int_equal(order->to.gifts.count, 1);
    assert_string_equal(order->to.gifts.items[0].item, "ribbon");
    assert_int_equal(order->lines.count, 2);
    for (int i = 0; i < 2; i++)
        assert_string_equal(order->lines.items[i].item, "coolers");
    assert_true(order->lines.items[0].note.given);
    assert_string_equal(order->lines.items[0].note.value, "big");
    assert_false(order->lines.items[1].note.given);
}

static void a_copy_outlives_what_was_published(void **state)
{
    struct listener a = {.name = "a",
                         .act = act_place_and_overwrite,
                         .acted = JANGLE_UNKNOWN},
                    p = {.name = "p", .act = act_read_order},
                    q = {.name = "q", .act = act_read_order};

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    add(&stock_moved, &a);
    add(&order_placed, &p);
    add(&order_placed, &q);
    assert_result(move_stock(1), JANGLE_OK);
    assert_result(a.acted, JANGLE_OK);
    assert_called("ap!q!");
    close_bus();
}

/* ---- while a message is being published --------------------------------------- */

static struct listener other = {.name = "o"};

static void act_change(struct listener *listener, const void *data)
{
    (void)data;
    assert_result(jangle_bus_listen(bus, NULL, note_call, &other), JANGLE_INVALID);
    assert_result(jangle_bus_listen(bus, &stock_moved, note_call, listener),
                  JANGLE_INVALID);
    assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, listener),
                  JANGLE_INVALID);
    assert_result(jangle_bus_unlisten(bus, NULL, note_call, &other), JANGLE_INVALID);
    assert_false(jangle_bus_close(bus));
}

static void act_place_and_change(struct listener *listener, const void *data)
{
    act_place(listener, data);
    act_change(listener, data);
}

static void nothing_changes_while_a_message_is_published(void **state)
{
    (void)state;
    for (int nesting = JANGLE_NESTED_AFTER; nesting <= JANGLE_NESTED_NOW; nesting++) {
        struct listener a = {.name = "a", .act = act_place_and_change}, b = {.name = "b"},
                        p = {.name = "p", .act = act_change};

        open_bus((enum jangle_nesting)nesting);
        add(&stock_moved, &a);
        add(&stock_moved, &b);
        add(&order_placed, &p);
        assert_result(move_stock(1), JANGLE_OK);
        assert_called(nesting == JANGLE_NESTED_NOW ? "a(p!)b" : "a()bp!");
        add(NULL, &other);
        assert_result(jangle_bus_unlisten(bus, &stock_moved, note_call, &a), JANGLE_OK);
        assert_result(move_stock(1), JANGLE_OK);
        assert_called("bo");
        close_bus();
    }
}

static void no_bus_is_closed_too(void **state)
{
    (void)state;
    assert_true(jangle_bus_close(NULL));
}

/* ---- memory ------------------------------------------------------------------ */

/* Nine listeners: the array grows once. Returns whether all could listen. */
static bool add_nine(const struct failing_allocator *memory,
                     struct listener *publisher,
                     struct listener rest[8])
{
    enum jangle_result result =
        jangle_bus_listen(bus, &stock_moved, note_call, publisher);

    for (int i = 0; !result && i < 8; i++) {
        rest[i] = (struct listener){.name = "r", .act = i ? NULL : act_read_order};
        result =
            jangle_bus_listen(bus, i ? &stock_moved : &order_placed, note_call, &rest[i]);
    }
    assert_result(result, memory->failed ? JANGLE_NO_MEMORY : JANGLE_OK);
    return !result;
}

/* Returns whether nothing lacked memory. */
static bool publish_with(const struct failing_allocator *memory)
{
    struct listener publisher = {.name = "p", .act = act_place_and_overwrite}, rest[8];

    called[0] = 0;
    bus = jn_bus_open(JANGLE_NESTED_AFTER, &memory->allocator);
    if (!bus)
        return false;
    if (add_nine(memory, &publisher, rest)) {
        assert_result(move_stock(1), JANGLE_OK);
        assert_result(publisher.acted, memory->failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        assert_called(memory->failed ? "prrrrrrr" : "prrrrrrrr!");
    }
    close_bus();
    return !memory->failed;
}

static void without_memory_nothing_is_lost_in_silence(void **state)
{
    struct failing_allocator memory;
    int64_t failures = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    for (bool whole = false; !whole;) {
        failing_allocator_arm(&memory, ++failures);
        whole = publish_with(&memory);
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(failures > 4);
}

/* The array of listeners is made once, however many come and go. */
static void who_comes_and_goes_leaves_room(void **state)
{
    struct failing_allocator memory;
    struct listener a = {.name = "a"};

    (void)state;
    failing_allocator_init(&memory, 0);
    bus = jn_bus_open(JANGLE_NESTED_AFTER, &memory.allocator);
    assert_non_null(bus);
    for (int i = 0; i < 100; i++) {
        add(NULL, &a);
        assert_result(jangle_bus_unlisten(bus, NULL, note_call, &a), JANGLE_OK);
    }
    assert_int_equal(memory.calls, 2);
    close_bus();
    assert_int_equal(memory.pieces, 0);
}

/* ---- threads ----------------------------------------------------------------- */

struct counter {
    int64_t sum;
    pthread_t thread;
};

static enum jangle_result
count_moved(void *context, const struct jangle_message *type, const void *data)
{
    struct counter *counter = context;

    (void)type;
    counter->sum += ((const struct stock_moved *)data)->amount;
    return JANGLE_OK;
}

/* What fails here is a sum that is too small: cmocka's asserts are for the thread of the
 * test. */
static void *count_on_a_bus(void *context)
{
    struct jangle_bus *own = jangle_bus_open(JANGLE_NESTED_AFTER);

    if (!own)
        return NULL;
    if (!jangle_bus_listen(own, &stock_moved, count_moved, context))
        for (int64_t i = 1; i <= 100; i++)
            if (jangle_bus_publish(own, stock_moved, .item = "nut", .amount = i))
                break;
    jangle_bus_close(own);
    return NULL;
}

static void each_thread_may_have_a_bus(void **state)
{
    struct counter counters[4] = {0};

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&counters[i].thread, NULL, count_on_a_bus, &counters[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(counters[i].thread, NULL);
        assert_int_equal(counters[i].sum, 5050);
    }
}

static void *move_on_another_thread(void *context)
{
    return move_stock(42) ? context : NULL;
}

static void a_bus_may_be_handed_to_another_thread(void **state)
{
    struct counter counter = {0};
    void *failed = NULL;

    (void)state;
    open_bus(JANGLE_NESTED_AFTER);
    assert_result(jangle_bus_listen(bus, &stock_moved, count_moved, &counter), JANGLE_OK);
    assert_int_equal(
        pthread_create(&counter.thread, NULL, move_on_another_thread, &counter), 0);
    pthread_join(counter.thread, &failed);
    assert_null(failed);
    assert_int_equal(counter.sum, 42);
    close_bus();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners_are_called_in_the_order_in_which_they_were_added),
        cmocka_unit_test(a_listener_gets_its_type_and_a_listener_of_every_type_gets_all),
        cmocka_unit_test(the_same_three_are_listened_to_once),
        cmocka_unit_test(who_listens_no_more_is_not_called),
        cmocka_unit_test(a_bus_takes_many_listeners),
        cmocka_unit_test(who_cannot_listen_is_refused),
        cmocka_unit_test(all_are_called_and_the_first_failure_is_returned),
        cmocka_unit_test(what_does_not_pass_its_check_reaches_nobody),
        cmocka_unit_test(after_comes_when_the_first_is_through),
        cmocka_unit_test(after_comes_in_the_order_of_publishing),
        cmocka_unit_test(the_first_failure_of_what_came_after_is_returned),
        cmocka_unit_test(after_is_as_deep_as_one_likes),
        cmocka_unit_test(now_comes_at_once_and_answers_its_publisher),
        cmocka_unit_test(now_is_16_deep),
        cmocka_unit_test(the_seventeenth_is_invalid),
        cmocka_unit_test(never_is_invalid_and_reaches_nobody),
        cmocka_unit_test(what_a_listener_publishes_is_checked_too),
        cmocka_unit_test(a_copy_outlives_what_was_published),
        cmocka_unit_test(nothing_changes_while_a_message_is_published),
        cmocka_unit_test(no_bus_is_closed_too),
        cmocka_unit_test(without_memory_nothing_is_lost_in_silence),
        cmocka_unit_test(who_comes_and_goes_leaves_room),
        cmocka_unit_test(each_thread_may_have_a_bus),
        cmocka_unit_test(a_bus_may_be_handed_to_another_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
