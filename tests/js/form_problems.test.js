// A refusal shared out among the fields of a form: each text at its field, none lost, none twice.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { missingFields, sharedOut } from "../../web/static/js/form_problems.js";

const name = fc.constantFrom("name", "userId", "password", "participants", "kind", "");
const text = fc.string({ minLength: 1, maxLength: 8 });
const problem = fc.record({ field: name, message: text });
const names = fc.uniqueArray(fc.constantFrom("name", "userId", "password", "participants"));

test("one problem stands at its field, in the words of the whole", () => {
  const { fields, rest } = sharedOut({ field: "userId", reason: "…" }, "Taken.", ["name", "userId"]);
  assert.deepEqual([...fields], [["userId", "Taken."]]);
  assert.deepEqual(rest, []);
});

test("an entry of a list stands at the field of the list", () => {
  const { fields } = sharedOut({ field: "participants.1", index: 1 }, "Too long.", ["participants"]);
  assert.deepEqual([...fields], [["participants", "Too long."]]);
});

test("what is about no field of the form, or about none at all, stands at the form", () => {
  for (const details of [{}, undefined, { field: "body" }]) {
    assert.deepEqual(sharedOut(details, "No.", ["name"]).rest, ["No."]);
  }
});

test("of several problems each stands at its own field, with its own text", () => {
  fc.assert(
    fc.property(fc.array(problem, { minLength: 2, maxLength: 6 }), names, (problems, there) => {
      const { fields, rest } = sharedOut({ ...problems[0], problems }, "whole", there);
      for (const [field, said] of fields) {
        assert.ok(there.includes(field));
        assert.ok(problems.some((one) => one.field === field && one.message === said));
      }
      const shown = [...fields.values(), ...rest];
      for (const { message } of problems) assert.ok(shown.includes(message), message);
      assert.ok(!shown.includes("whole") || problems.some(({ message }) => message === "whole"));
      assert.equal(new Set(rest).size, rest.length);
    }),
  );
});

test("a field with nothing but spaces is missing, in the order asked", () => {
  const values = { name: " ", userId: "min", password: "" };
  assert.deepEqual(missingFields(["name", "userId", "password", "other"], values), ["name", "password", "other"]);
});
