"""Whether the audit finds what it is there to find."""

import unittest

from audit import audit, repeated


def bill(invoice, bill_id, times_created=1):
    return {"reference_number": invoice, "bill_id": bill_id, "times_created": times_created}


def posted(bill_id):
    return {"state": "posted", "bill": {"bill_id": bill_id}}


EXPECTED = {"good": True, "bad": False}
BILLS = [bill("good", "1")]
STATUSES = {"good": posted("1"), "bad": {"state": "dead", "bill": None}}


class Audit(unittest.TestCase):
    def wrong(self, bills=None, statuses=None):
        return len(audit(EXPECTED, BILLS if bills is None else bills, STATUSES | (statuses or {})))

    def test_one_bill_per_good_invoice_and_a_dead_letter_for_the_other_is_right(self):
        self.assertEqual(self.wrong(), 0)

    def test_what_was_lost_is_found(self):
        self.assertEqual(self.wrong(bills=[]), 1)
        self.assertEqual(self.wrong(statuses={"good": {"state": "running", "bill": None}}), 1)
        self.assertEqual(self.wrong(statuses={"bad": {"state": "running", "bill": None}}), 1)

    def test_what_was_done_twice_is_found(self):
        self.assertEqual(self.wrong(bills=[*BILLS, bill("good", "2")]), 1)
        self.assertEqual(self.wrong(bills=[bill("good", "1", times_created=2)]), 1)

    def test_what_was_done_for_the_wrong_one_is_found(self):
        self.assertEqual(self.wrong(bills=[*BILLS, bill("bad", "2")]), 1)
        self.assertEqual(self.wrong(bills=[*BILLS, bill("nobody", "2")]), 1)
        self.assertEqual(self.wrong(statuses={"nobody": posted("2")}), 1)
        self.assertEqual(self.wrong(statuses={"good": posted("2")}), 1)

    def test_answers_that_were_paid_for_again_are_counted(self):
        self.assertEqual(repeated({"a": 1, "b": 3}), 2)


if __name__ == "__main__":
    unittest.main()
