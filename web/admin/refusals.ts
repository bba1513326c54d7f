// Why something was refused that only operators do.
import { learnRefusals } from "../shared/refusals.ts";

learnRefusals({
    alert_move_refused: "console.error.alert",
    cannot_block_oneself: "console.error.oneself",
    doctor_runs: "console.doctor_running",
    payment_not_refundable: "console.error.refund",
    payment_not_disputable: "console.error.dispute",
    dispute_not_open: "console.error.dispute",
    referral_not_held: "console.error.referral",
}, {
    reason: ["console.reason", "web.rule.text"],
});
