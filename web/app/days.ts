// Days as "2026-11-26". They have no zone; UTC is only the calculator.
export type Day = string;

export const addDays = (day: Day, n: number): Day => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
export const dayDiff = (later: Day, earlier: Day): number => (Date.parse(`${later}T00:00:00Z`) - Date.parse(`${earlier}T00:00:00Z`)) / 86_400_000;
/** ISO: 1 is Monday. */
export const weekday = (day: Day): number => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
export const isDay = (text: string | undefined | null): text is Day => !!text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !isNaN(Date.parse(text));

/** The local day of a person (CONTRACT): the date in their zone, minus one while the clock is before the day's start. */
export function localDay(now: number, zone: string, dayStartsAt: string): Day {
    const [hours = 0, minutes = 0] = dayStartsAt.split(":").map(Number);
    const shifted = new Date(now - (hours * 60 + minutes) * 60_000);
    return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(shifted);
}
