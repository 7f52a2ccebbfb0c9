/* Histories told as they happen: what is decided is forgotten, and nothing else. */
#include <string.h>

#include "base/random.h"
#include "support/suite.h"
#include "verify/linear_stream.h"

enum { CLIENTS = 5, ITEMS_MAX = 64 };

/* ---- Clients of a real object -------------------------------------------------------------------
 */

/* A value, a number, a lock, or items: whatever the model has. */
struct object {
    int value; /* 0: none */
    int items[ITEMS_MAX];
    int count;
};

struct client {
    struct linear_op op;
    uint32_t number;
    int asked, expected;
    int stage;
};

static struct linear_value value_of(int number)
{
    return number == 0 ? linear_nothing() : linear_bytes(cs_bytes_of(&number, sizeof number));
}

static struct linear_op asked(const struct linear_model *model, int kind, int value, int expected)
{
    struct linear_op op = { .kind = (uint8_t)kind, .returned = LINEAR_NEVER };
    cs_assert((model->kinds >> kind & 1) != 0);
    op.value = kind == LINEAR_ADD ? linear_number(value) : value_of(value);
    if (kind == LINEAR_READ || kind == LINEAR_DEQUEUE)
        op.value = linear_nothing();
    op.seen = kind == LINEAR_CAS ? value_of(expected) : linear_nothing();
    return op;
}

static int any_kind(const struct linear_model *model, struct random_stream *random)
{
    for (;;) {
        int kind = (int)random_below(random, LINEAR_KIND_COUNT);
        if ((model->kinds >> kind & 1) != 0 && kind != LINEAR_APPEND)
            return kind;
    }
}

static int place_of(const struct object *object, int item)
{
    for (int i = 0; i < object->count; i++) {
        if (object->items[i] == item)
            return i;
    }
    return -1;
}

static int take_out(struct object *object, int place)
{
    int item = object->items[place];
    object->count--;
    memmove(object->items + place, object->items + place + 1,
            (size_t)(object->count - place) * sizeof *object->items);
    return item;
}

static enum linear_outcome outcome(bool yes) { return yes ? LINEAR_YES : LINEAR_NO; }

static struct linear_value read_of(const struct linear_model *model, const struct object *object)
{
    struct linear_value sum = { 0, (uint64_t)object->count };
    if (strcmp(model->name, "counter") == 0)
        return linear_number(object->value);
    if (strcmp(model->name, "set") != 0)
        return value_of(object->value);
    for (int i = 0; i < object->count; i++)
        sum.hash += linear_element(value_of(object->items[i])).hash;
    return sum;
}

/* What takes an item out, or puts one in. */
static void change_items(struct client *client, struct object *object)
{
    struct linear_op *op = &client->op;
    int place = place_of(object, client->asked);
    if (op->kind == LINEAR_DEQUEUE) {
        op->outcome = (uint8_t)outcome(object->count > 0);
        if (object->count > 0)
            op->seen = value_of(take_out(object, 0));
    } else if (op->kind == LINEAR_REMOVE) {
        op->outcome = (uint8_t)outcome(place >= 0);
        if (place >= 0)
            take_out(object, place);
    } else {
        cs_assert(object->count < ITEMS_MAX);
        if (op->kind == LINEAR_INSERT)
            op->outcome = (uint8_t)outcome(place < 0);
        if (op->kind == LINEAR_ENQUEUE || place < 0)
            object->items[object->count++] = client->asked;
    }
}

static void take_effect(const struct linear_model *model, struct client *client,
                        struct object *object)
{
    struct linear_op *op = &client->op;
    bool condition = true;
    switch (op->kind) {
    case LINEAR_READ:
        op->seen = read_of(model, object);
        return;
    case LINEAR_ADD:
        object->value += client->asked;
        return;
    case LINEAR_ACQUIRE:
    case LINEAR_RELEASE:
        condition = (object->value == 0) == (op->kind == LINEAR_ACQUIRE);
        op->outcome = (uint8_t)outcome(condition);
        object->value = op->kind == LINEAR_ACQUIRE;
        return;
    case LINEAR_CAS:
        condition = object->value == client->expected;
        break;
    case LINEAR_DELETE:
        condition = object->value != 0;
        client->asked = 0;
        break;
    case LINEAR_WRITE:
        break;
    default:
        change_items(client, object);
        return;
    }
    if (op->kind != LINEAR_WRITE)
        op->outcome = (uint8_t)outcome(condition);
    if (condition)
        object->value = client->asked;
}

struct telling {
    struct linear_stream *stream;
    size_t largest; /* bytes that it held at most */
    struct linear_report report;
};

/* Clients back to back, one of whose operations is always open, until so many have ended. */
static struct telling tell(const char *name, int count, size_t window)
{
    const struct linear_model *model = linear_model_find(name);
    struct telling telling = {
        .stream = linear_stream_new(model, &(struct linear_options){ .window = window }),
    };
    struct random_stream random = random_stream_of(1);
    struct object object = { 0 };
    struct client clients[CLIENTS] = { { .stage = 0 } };
    uint64_t place = 1;
    for (int ended = 0; ended < count;) {
        struct client *client = &clients[random_below(&random, CLIENTS)];
        int kind = any_kind(model, &random);
        if (kind == LINEAR_ENQUEUE && object.count > 2)
            kind = LINEAR_DEQUEUE;
        switch (client->stage++) {
        case 0:
            client->asked = 1 + (int)random_below(&random, 5);
            client->expected = 1 + (int)random_below(&random, 5);
            client->op = asked(model, kind, client->asked, client->expected);
            client->op.invoked = place++;
            client->number = linear_stream_begin(telling.stream, &client->op);
            break;
        case 1:
            take_effect(model, client, &object);
            break;
        default:
            client->op.returned = place++;
            linear_stream_end(telling.stream, client->number, &client->op);
            client->stage = 0;
            size_t size = ++ended % 64 == 0 ? linear_stream_size(telling.stream) : 0;
            telling.largest = size > telling.largest ? size : telling.largest;
        }
    }
    linear_stream_finish(telling.stream, &telling.report);
    linear_stream_free(telling.stream);
    return telling;
}

/* ---- Tests --------------------------------------------------------------------------------------
 */

static const char *const models[] = { "register", "cas-register", "kv", "counter",
                                      "queue",    "lock",         "set" };
enum { MODELS = sizeof models / sizeof *models };

START_TEST(what_it_holds_does_not_grow_with_the_history)
{
    for (size_t m = 0; m < MODELS; m++) {
        struct telling shorter = tell(models[m], 10000, 256);
        struct telling longer = tell(models[m], 100000, 256);
        ck_assert_int_eq(shorter.report.verdict, LINEAR_OK);
        ck_assert_int_eq(longer.report.verdict, LINEAR_OK);
        ck_assert_uint_ge(longer.report.operations, 100000);
        ck_assert_uint_gt(shorter.largest, 256 * sizeof(struct linear_op) / 4);
        ck_assert_uint_le(longer.largest, 60000);
    }
}
END_TEST

START_TEST(a_hundred_thousand_operations_of_five_clients_need_half_a_megabyte)
{
    struct telling telling = tell("cas-register", 100000, 0);
    ck_assert_int_eq(telling.report.verdict, LINEAR_OK);
    ck_assert_uint_le(telling.largest, 500000);
}
END_TEST

static struct linear_op write_of(uint32_t key, int value, uint64_t invoked, uint64_t returned)
{
    return (struct linear_op){ .kind = LINEAR_WRITE,
                               .key = key,
                               .value = value_of(value),
                               .seen = linear_nothing(),
                               .invoked = invoked,
                               .returned = returned };
}

static struct linear_op read_found(uint32_t key, int value, uint64_t invoked, uint64_t returned)
{
    struct linear_op op = write_of(key, 0, invoked, returned);
    op.kind = LINEAR_READ;
    op.seen = value_of(value);
    return op;
}

static void tell_whole(struct linear_stream *stream, struct linear_op op)
{
    linear_stream_end(stream, linear_stream_begin(stream, &op), &op);
}

static struct linear_stream *stream_of_two(void)
{
    return linear_stream_new(linear_model_find("register"),
                             &(struct linear_options){ .window = 2 });
}

static struct linear_report finished(struct linear_stream *stream)
{
    struct linear_report report;
    linear_stream_finish(stream, &report);
    linear_stream_free(stream);
    return report;
}

START_TEST(a_read_of_what_was_overwritten_long_ago_is_illegal)
{
    struct linear_stream *stream = stream_of_two();
    tell_whole(stream, write_of(0, 1, 1, 2));
    for (uint64_t i = 0; i < 50; i++)
        tell_whole(stream, write_of(0, 2, 3 + 2 * i, 4 + 2 * i));
    ck_assert(!linear_stream_has_failed(stream));
    tell_whole(stream, read_found(0, 1, 200, 201));
    ck_assert(linear_stream_has_failed(stream));
    struct linear_report report = finished(stream);
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
    ck_assert_uint_eq(report.keys_illegal, 1);
    ck_assert_uint_eq(report.operations, 52);
}
END_TEST

/* Nobody knows whether the write of 1 has happened, until somebody reads it; it happens once. */
START_TEST(what_never_returned_can_happen_after_all_else_was_forgotten)
{
    for (int times = 1; times <= 2; times++) {
        struct linear_stream *stream = stream_of_two();
        tell_whole(stream, write_of(0, 1, 1, LINEAR_NEVER));
        uint64_t place = 2;
        for (int i = 0; i < times; i++) {
            for (int j = 0; j < 40; j++, place += 2)
                tell_whole(stream, write_of(0, 2, place, place + 1));
            tell_whole(stream, read_found(0, 1, place, place + 1));
            place += 2;
        }
        ck_assert_int_eq(finished(stream).verdict, times == 1 ? LINEAR_OK : LINEAR_ILLEGAL);
    }
}
END_TEST

START_TEST(what_did_not_happen_is_nowhere)
{
    struct linear_stream *stream = stream_of_two();
    struct linear_op failed = write_of(0, 1, 1, LINEAR_NEVER);
    uint32_t number = linear_stream_begin(stream, &failed);
    tell_whole(stream, write_of(0, 2, 2, 3));
    linear_stream_drop(stream, number);
    for (uint64_t i = 2; i < 20; i++)
        tell_whole(stream, read_found(0, 2, 2 * i, 2 * i + 1));
    ck_assert(!linear_stream_has_failed(stream));
    tell_whole(stream, read_found(0, 1, 50, 51));
    struct linear_report report = finished(stream);
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
    ck_assert_uint_eq(report.operations, 20);
    ck_assert_uint_eq(report.observed, 19);
}
END_TEST

/* The bytes of 1,000 keys that rest; each was written and read ten times. */
START_TEST(a_key_at_rest_is_its_state)
{
    struct linear_stream *stream = stream_of_two();
    uint64_t place = 1;
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t key = 0; key < 1000; key++, place += 4) {
            tell_whole(stream, write_of(key, (int)(key + i) + 1, place, place + 1));
            tell_whole(stream, read_found(key, (int)(key + i) + 1, place + 2, place + 3));
        }
    }
    ck_assert_uint_le(linear_stream_size(stream), 1024 * 64 + 200);
    tell_whole(stream, read_found(7, 3, place, place + 1));
    struct linear_report report = finished(stream);
    ck_assert_uint_eq(report.keys, 1000);
    ck_assert_uint_eq(report.keys_illegal, 1);
    ck_assert_uint_eq(report.constrained, 10001);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear stream");
    TCase *tests = tcase_create("streams");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, what_it_holds_does_not_grow_with_the_history);
    tcase_add_test(tests, a_hundred_thousand_operations_of_five_clients_need_half_a_megabyte);
    tcase_add_test(tests, a_read_of_what_was_overwritten_long_ago_is_illegal);
    tcase_add_test(tests, what_never_returned_can_happen_after_all_else_was_forgotten);
    tcase_add_test(tests, what_did_not_happen_is_nowhere);
    tcase_add_test(tests, a_key_at_rest_is_its_state);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
