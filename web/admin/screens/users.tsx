// People: found by Telegram's id, by name or by referral code.
import { api, type Query, type Schema } from "../../shared/api.ts";
import { t, type TextKey } from "../../shared/i18n.ts";
import { href, place } from "../../shared/router.ts";
import { Button, SelectField, TextField } from "../../shared/ui.tsx";
import { Instant, State, Title, word } from "../parts.tsx";
import { filterBy, Table, useTyped, type Column } from "../table.tsx";

type Person = Schema<"Person">;
type By = "telegram_id" | "username" | "referral_code";

export function personName(p: Pick<Person, "first_name" | "username" | "telegram_id">): string {
    return p.first_name ?? p.username ?? (p.telegram_id === null ? t("console.is.erased") : String(p.telegram_id));
}
export function personStates(p: Person): string[] {
    return [p.tier, ...(["admin", "blocked", "erased", "unreachable"] as const).filter(s => p[s])];
}

const columns: Column<Person, "created_at">[] = [
    { name: "console.name", value: personName, show: p => <a class="link" href={href(["users", p.id])}>{personName(p)}</a> },
    { name: "console.username", value: p => p.username, show: p => (p.username ? `@${p.username}` : "—") },
    { name: "console.telegram_id", value: p => p.telegram_id, end: true },
    { name: "console.state", value: p => personStates(p).map(word).join(", "), show: p => personStates(p).map(s => <State key={s} of={s} />) },
    { name: "console.zone", value: p => p.timezone },
    { name: "console.since", sort: "created_at", value: p => p.created_at, show: p => <Instant at={p.created_at} /> },
];

function Search({ by, q }: { by: By; q: string }) {
    const [kind, setKind] = useTyped(by);
    const [text, setText] = useTyped(q);
    const wrong = kind === "telegram_id" && text.trim() !== "" && !/^[1-9]\d{0,15}$/.test(text.trim());
    return (
        <form class="filters" role="search" onSubmit={e => {
            e.preventDefault();
            if (!wrong) filterBy(["users"], text.trim() ? { by: kind, q: text.trim() } : {});
        }}>
            <SelectField label={t("console.search_by")} value={kind} onValue={setKind} choices={[
                { value: "telegram_id", label: t("console.telegram_id") },
                { value: "username", label: t("console.username") },
                { value: "referral_code", label: t("console.referral_code") },
            ]} />
            <TextField label={t("console.search_for")} type="search" value={text} onValue={setText} maxLength={kind === "referral_code" ? 32 : 64}
                       error={wrong ? t("console.not_number") : undefined} />
            <Button type="submit" icon="search">{t("console.search")}</Button>
        </form>
    );
}

const DAYS = ["from", "to", "marked_from", "marked_to"] as const;
type Span = Partial<Record<(typeof DAYS)[number] | "erased", string>>;
const dayNames: Record<(typeof DAYS)[number], TextKey> = {
    from: "console.came_from",
    to: "console.came_to",
    marked_from: "console.marked_from",
    marked_to: "console.marked_to",
};

/** Who came and who was active, as the figures count them: on UTC days. */
function Days({ span }: { span: Span }) {
    const change = (to: Span) => filterBy(["users"], { ...span, ...to });
    return (
        <div class="filters">
            {DAYS.map(d => <TextField key={d} label={t(dayNames[d])} type="date" value={span[d] ?? ""} onValue={v => change({ [d]: v })} />)}
            <SelectField label={t("console.state")} value={span.erased ?? ""} onValue={erased => change({ erased })} choices={[
                { value: "", label: t("console.any") },
                { value: "false", label: t("console.not_erased") },
                { value: "true", label: t("console.erased_only") },
            ]} />
        </div>
    );
}

export function UsersScreen() {
    const query = place.value.query;
    const by = (["telegram_id", "username", "referral_code"] as const).find(b => b === query.get("by")) ?? "telegram_id";
    const q = query.get("q") ?? "";
    const span: Span = Object.fromEntries([...DAYS, "erased"].map(d => [d, query.get(d) ?? ""]).filter(([, v]) => v));
    const wanted = q ? { [by]: by === "username" ? q.replace(/^@/, "") : q } : span as Query<"/v1/admin/users", "get">; // an identifier goes alone
    const key = JSON.stringify(wanted);
    return (
        <>
            <Title text={t("console.users")} />
            <Table title={t("console.users")} columns={columns} usual="-created_at" keyOf={p => p.id} file="users" deps={[key]}
                   filters={<><Search by={by} q={q} /><Days span={q ? {} : span} /></>}
                   load={(asked, signal) => api.get("/v1/admin/users", { query: { ...wanted, ...asked }, signal })} />
        </>
    );
}
