"""What became of the invoices: pure rules over the sandbox's books and the status topic. They believe no service."""


def audit(expected, bills, statuses):
    """What is wrong, a sentence each; nothing if each invoice ended once and as expected.

    `expected` says of each invoice id whether it becomes a bill; `bills` are the sandbox's; `statuses` the latest state of each id.
    """
    by_invoice = {}
    for bill in bills:
        by_invoice.setdefault(bill["reference_number"], []).append(bill)
    wrong = [f"a bill for {stranger}, whom nobody submitted" for stranger in by_invoice.keys() - expected.keys()]
    wrong += [f"{stranger} has a state and was never submitted" for stranger in statuses.keys() - expected.keys()]
    for invoice, becomes_a_bill in expected.items():
        check = as_a_bill if becomes_a_bill else as_a_dead_letter
        wrong += check(invoice, by_invoice.get(invoice, []), statuses.get(invoice, {"state": None}))
    return wrong


def repeated(answers):
    """How many answers of the language model were completed beyond the first of each invoice."""
    return sum(count - 1 for count in answers.values())


def as_a_bill(invoice, bills, status):
    if len(bills) != 1:
        return [f"{invoice}: {len(bills)} bills instead of one, and the state {status['state']}"]
    [bill] = bills
    if bill["times_created"] != 1:
        return [f"{invoice}: the bill was created {bill['times_created']} times"]
    if status["state"] != "posted" or status["bill"]["bill_id"] != bill["bill_id"]:
        return [f"{invoice}: the bill is {bill['bill_id']} and the state {status}"]
    return []


def as_a_dead_letter(invoice, bills, status):
    if bills or status["state"] not in ("dead", "review"):
        return [f"{invoice}: {len(bills)} bills and the state {status['state']}, and must be a dead letter"]
    return []
