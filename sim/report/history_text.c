/* history.jsonl: a line for each invocation and each end, in the order in which they happened.
 *
 *     {"t_ns":12,"session":3,"type":"ok","op":"cas","key":"k1","value":["a","b"],"group":"kv","applied":true}
 *
 * `value` is what an operation asks to write, or null; on the ok of one that reads, what it read. A
 * number where the operation takes or gives one (a token, the size of a scan or of work).  `place`
 * is where an answer says that the operation stands in the order in which the system carried all
 * out; of one whose outcome is unknown, an answer that came too late.  Bytes that are no UTF-8 are
 * written as "hex:…". */
#include <inttypes.h>
#include <string.h>

#include "report/internal.h"

/* Where the value of an operation is, when it is invoked and when it is ok. */
enum value_kind { VALUE_NONE, VALUE_ASKED, VALUE_PAIR, VALUE_NUMBER, VALUE_READ, VALUE_GIVEN };

static const struct {
    const char *name;
    enum value_kind asked, answered;
    bool has_applied;  /* its ok says whether it was */
    bool numbered_key; /* its key is `number` */
} op_texts[] = {
    [CS_OP_GET] = { "get", VALUE_NONE, VALUE_READ, false, false },
    [CS_OP_PUT] = { "put", VALUE_ASKED, VALUE_ASKED, false, false },
    [CS_OP_DELETE] = { "delete", VALUE_NONE, VALUE_NONE, true, false },
    [CS_OP_CAS] = { "cas", VALUE_PAIR, VALUE_PAIR, true, false },
    [CS_OP_APPEND] = { "append", VALUE_ASKED, VALUE_ASKED, false, false },
    [CS_OP_SCAN] = { "scan", VALUE_NUMBER, VALUE_READ, false, false },
    [CS_OP_TXN] = { "txn", VALUE_NONE, VALUE_NONE, false, false },
    [CS_OP_ACQUIRE] = { "acquire", VALUE_NONE, VALUE_GIVEN, true, false },
    [CS_OP_RELEASE] = { "release", VALUE_NUMBER, VALUE_NUMBER, true, false },
    [CS_OP_READ_BLOCK] = { "read", VALUE_NONE, VALUE_READ, false, true },
    [CS_OP_WRITE_BLOCK] = { "write", VALUE_ASKED, VALUE_ASKED, false, true },
    [CS_OP_WORK] = { "work", VALUE_NUMBER, VALUE_NUMBER, false, false },
    [CS_OP_ADD_MEMBER] = { "add", VALUE_NONE, VALUE_NONE, false, false },
    [CS_OP_REMOVE_MEMBER] = { "remove", VALUE_NONE, VALUE_NONE, false, false },
    [CS_OP_PROMOTE_MEMBER] = { "promote", VALUE_NONE, VALUE_NONE, false, false },
    [CS_OP_TRANSFER_LEADERSHIP] = { "transfer", VALUE_NONE, VALUE_NONE, false, false },
    [CS_OP_SNAPSHOT] = { "snapshot", VALUE_NONE, VALUE_NONE, false, false },
};
_Static_assert(G_N_ELEMENTS(op_texts) == CS_OP_COUNT, "every operation has its text");

/* ---- JSON strings -----------------------------------------------------------------------------
 */

static void write_escaped(const char *text, size_t size, FILE *file)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') {
            fprintf(file, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            fprintf(file, "\\u%04x", byte);
        } else {
            fputc(byte, file);
        }
    }
}

static void write_string(struct cs_bytes bytes, FILE *file)
{
    const char *text = bytes.size > 0 ? bytes.data : "";
    fputc('"', file);
    if (g_utf8_validate_len(text, bytes.size, NULL)) {
        write_escaped(text, bytes.size, file);
    } else {
        fputs("hex:", file);
        for (size_t i = 0; i < bytes.size; i++)
            fprintf(file, "%02x", (unsigned char)text[i]);
    }
    fputc('"', file);
}

/* ---- Lines ------------------------------------------------------------------------------------
 */

static const char *type_name(const struct operation *operation, bool end)
{
    if (!end)
        return "invoke";
    switch ((enum outcome)operation->outcome) {
    case OUTCOME_OK:
        return "ok";
    case OUTCOME_FAILED:
        return "failed";
    case OUTCOME_UNKNOWN:
        return "unknown";
    case OUTCOME_OPEN:
        break;
    }
    cs_assert(operation->outcome != OUTCOME_OPEN);
    return "";
}

static void write_key(const struct history *history, const struct operation *operation, FILE *file)
{
    if (op_texts[operation->kind].numbered_key) {
        fprintf(file, "\"%" PRIu64 "\"", operation->number);
    } else if (operation->key.size > 0) {
        write_string(history_bytes(history, operation->key), file);
    } else {
        fputs("null", file);
    }
}

static void write_value(const struct history *history, const struct operation *operation,
                        enum value_kind kind, FILE *file)
{
    switch (kind) {
    case VALUE_NONE:
        fputs("null", file);
        break;
    case VALUE_ASKED:
        write_string(history_bytes(history, operation->value), file);
        break;
    case VALUE_PAIR:
        fputc('[', file);
        write_string(history_bytes(history, operation->expected), file);
        fputc(',', file);
        write_string(history_bytes(history, operation->value), file);
        fputc(']', file);
        break;
    case VALUE_NUMBER:
        fprintf(file, "%" PRIu64, operation->number);
        break;
    case VALUE_READ:
        if (operation->present || operation->result.size > 0) {
            write_string(history_bytes(history, operation->result), file);
        } else {
            fputs("null", file);
        }
        break;
    case VALUE_GIVEN:
        fprintf(file, "%" PRIu64, operation->result_number);
        break;
    }
}

static void write_line(const struct run_report *report, const struct operation *operation, bool end,
                       FILE *file)
{
    cs_assert(operation->kind < CS_OP_COUNT);
    bool ok = end && operation->outcome == OUTCOME_OK;
    fprintf(file, "{\"t_ns\":%" PRIu64 ",\"session\":%" PRIu64 ",\"type\":\"%s\",\"op\":\"%s\"",
            end ? operation->ended_ns : operation->started_ns, operation->session,
            type_name(operation, end), op_texts[operation->kind].name);
    fputs(",\"key\":", file);
    write_key(report->history, operation, file);
    fputs(",\"value\":", file);
    write_value(report->history, operation,
                ok ? op_texts[operation->kind].answered : op_texts[operation->kind].asked, file);
    const char *group = report_group_name(report, operation->group);
    fputs(",\"group\":", file);
    write_string(cs_bytes_of(group, strlen(group)), file);
    if (ok && op_texts[operation->kind].has_applied)
        fprintf(file, ",\"applied\":%s", operation->applied ? "true" : "false");
    bool is_given = op_texts[operation->kind].answered == VALUE_GIVEN;
    if (end && !is_given && operation->result_number != 0)
        fprintf(file, ",\"place\":%" PRIu64, operation->result_number);
    fputs("}\n", file);
}

void report_write_history(const struct run_report *report, FILE *file)
{
    for (size_t i = 0; i < history_event_count(report->history); i++) {
        size_t event = history_event_at(report->history, i);
        write_line(report, history_at(report->history, event / 2), event % 2 == 1, file);
    }
}
