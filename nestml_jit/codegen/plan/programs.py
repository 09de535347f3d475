"""Expressions in postfix form, for the host to evaluate without a compiler: defaults, initial values, guards.

`2 * f(x)` becomes

    push 2 | variable x | call 5 | * | end | enter 1 | local 0 | ... | return

The operations are those of host/src/values/program.h. Integers have operations of their own, with 64 bits.
The functions that an expression calls follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nestml_jit.card import OPCODES, Program
from nestml_jit.codegen.model.integers import INTEGER, NEGATE, OPERATORS, REAL, TEMPLATES, basic
from nestml_jit.codegen.model.lookups import looked_up, plain
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.problem import INITIAL, CannotGenerate
from nestml_jit.codegen.model.quotients import FUNCTIONS as QUOTIENTS
from nestml_jit.codegen.model.symbolic import number
from nestml_jit.dsl.tree import (
    Assignment,
    Binary,
    Boolean,
    Call,
    CallStatement,
    Declaration,
    Expression,
    For,
    Function,
    If,
    Literal,
    Name,
    Return,
    Statement,
    String,
    Ternary,
    Unary,
    While,
)
from nestml_jit.functions import ELEMENTARY
from nestml_jit.kinds import BasicName

_COMPARISONS = frozenset(("<", "<=", "==", "!=", ">=", ">"))
_BITS = frozenset(("&", "|", "^", "<<", ">>"))
_EXACT = 2**53


@dataclass(frozen=True)
class ProgramScope:
    """The names that programs of a model may use.

    Attributes
    ----------
    indices
        Positions of the card's variables.
    types
        Their types.
    functions
        The model's functions, in normal form.
    vectors
        Sizes of the vectors whose elements always follow each other from `v[0]` on.
    """

    indices: Mapping[str, int]
    types: Mapping[str, BasicName] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    vectors: Mapping[str, int] = field(default_factory=dict)

    def type_of(self, name: str) -> BasicName:
        """Return the type of a variable, or of the elements of a vector."""
        return self.types.get(name, self.types.get(f"{name}[0]", "real"))


def program(expression: Expression, place: ProgramScope, type_: BasicName = "real") -> Program:
    """Translate an expression whose value is stored in a variable of a type.

    Raises
    ------
    CannotGenerate
        If it uses something that has no meaning before a simulation.
    """
    writer = _Writer(place)
    writer.value(expression, type_)
    return writer.finished()


def constant(value: float) -> Program:
    """Return the program that pushes a number."""
    return Program((OPCODES["push"],), (float(value),))


@dataclass
class _Local:
    """A local variable: its position in its function, and its size if it is a vector."""

    slot: int
    type: BasicName
    size: int | None = None


class _Writer:
    """Writes one program."""

    def __init__(self, place: ProgramScope) -> None:
        self.place = place
        self.code: list[tuple[str, float | str]] = []
        self.starts: dict[str, int] = {}
        self.calls: list[tuple[int, str]] = []
        self.locals: dict[str, _Local] | None = None
        self.slots = 0

    def finished(self) -> Program:
        """Append the functions that were called and return all."""
        if self.calls:
            self.add("end")
        done = 0
        while done < len(self.calls):
            position, name = self.calls[done]
            if name not in self.starts:
                self.starts[name] = len(self.code)
                self._function(self._called(name))
            self.code[position] = "call", float(self.starts[name])
            done += 1
        texts = tuple(dict.fromkeys(argument for _, argument in self.code if isinstance(argument, str)))
        arguments = (texts.index(item) if isinstance(item, str) else item for _, item in self.code)
        return Program(tuple(OPCODES[name] for name, _ in self.code), tuple(map(float, arguments)), texts)

    def add(self, operation: str, argument: float | str = 0.0) -> int:
        """Append an operation; returns its position."""
        self.code.append((operation, argument))
        return len(self.code) - 1

    def _jump(self, operation: str) -> int:
        return self.add(operation)

    def _land(self, *jumps: int) -> None:
        """Let jumps lead to the next operation."""
        for position in jumps:
            self.code[position] = self.code[position][0], float(len(self.code))

    # --- types ----------------------------------------------------------------------------------

    def type_of(self, name: str) -> BasicName:
        """Return the type of a variable or a local."""
        if self.locals is not None and name in self.locals:
            return self.locals[name].type
        return self.place.type_of(name)

    def is_text(self, node: Expression) -> bool:
        """Return whether the value of an expression is a text."""
        if isinstance(node, Name):
            return self.type_of(node.name) == "string"
        if isinstance(node, Binary):
            return node.operator == "+" and (self.is_text(node.left) or self.is_text(node.right))
        if isinstance(node, Ternary):
            return self.is_text(node.if_true)
        return isinstance(node, String) or self._returns(node) == "string"

    def is_whole(self, node: Expression) -> bool:
        """Return whether the value of an expression is an integer by its type."""
        if isinstance(node, Literal):
            return isinstance(node.value, int)
        if isinstance(node, Name):
            return self.type_of(node.name) == "integer"
        if isinstance(node, Unary):
            whole = node.operator in (NEGATE, "~")
            return whole or (node.operator != "not" and self.is_whole(node.operand))
        if isinstance(node, Binary):
            if node.operator == "**":
                return self._is_whole_power(node.left, node.right)
            if node.operator in OPERATORS:
                return True
            both = self.is_whole(node.left) and self.is_whole(node.right)
            return node.operator in _BITS or (node.operator in ("+", "-", "*", "//", "%") and both)
        if isinstance(node, Ternary):
            return self.is_whole(node.if_true) and self.is_whole(node.if_false)
        if isinstance(node, Call) and node.name == "pow":
            return self._is_whole_power(*node.arguments)
        if isinstance(node, Call) and (looked_up(node) or node.name == INTEGER or node.name[1:] in TEMPLATES):
            return True
        if isinstance(node, Call) and node.name in TEMPLATES:
            return all(self.is_whole(item) for item in node.arguments)
        return isinstance(node, Call) and (node.name == "steps" or self._returns(node) == "integer")

    def _is_whole_power(self, base: Expression, exponent: Expression) -> bool:
        """Return whether a power is an integer.

        A variable as exponent may be negative, which gives a fraction.
        """
        is_positive = isinstance(exponent, Literal) and isinstance(exponent.value, int)
        return is_positive and self.is_whole(base)

    def _returns(self, node: Expression) -> BasicName | None:
        function = self.place.functions.get(plain(node.name)) if isinstance(node, Call) else None
        return basic(function.returns) if function is not None else None

    # --- expressions ----------------------------------------------------------------------------

    def value(self, node: Expression, type_: BasicName) -> None:
        """Append the operations that compute a value and convert it to a type."""
        if type_ == "integer":
            self.whole(node)
        elif type_ == "string" and not self.is_text(node):
            self._shown(node)
        elif self.is_text(node):
            self._text(node)
        else:
            self.real(node)

    def real(self, node: Expression) -> None:
        """Append the operations that compute a real number or a truth value."""
        if self.is_text(node):
            self._text(node)
        elif self.is_whole(node):
            self._number(node)
            self.add("real")
        else:
            self._number(node)

    def whole(self, node: Expression) -> None:
        """Append the operations that compute an integer; fractions are cut off."""
        self._number(node)
        if not self.is_whole(node):
            self.add("whole")

    def _text(self, node: Expression) -> None:
        if isinstance(node, String):
            self.add("text", node.value)
        elif isinstance(node, Binary):
            for side in (node.left, node.right):
                self._text(side) if self.is_text(side) else self._shown(side)
            self.add("join")
        else:
            self._number(node)

    def _shown(self, node: Expression) -> None:
        self._number(node)
        self.add("whole_show" if self.is_whole(node) else "show")

    def _number(self, node: Expression) -> None:
        """Append the operations that compute a value of its own type."""
        if isinstance(node, Literal):
            self._literal(node)
        elif isinstance(node, Boolean):
            self.add("push", float(node.value))
        elif isinstance(node, Name):
            self._name(node)
        elif isinstance(node, Unary):
            self._unary(node)
        elif isinstance(node, Binary):
            self._binary(node)
        elif isinstance(node, Ternary):
            self._ternary(node)
        elif isinstance(node, Call):
            self._call(node)
        else:
            self._text(node)

    def _literal(self, node: Literal) -> None:
        if not isinstance(node.value, int):
            self.add("push", float(node.value))
        elif abs(node.value) <= _EXACT:
            self.add("push", float(node.value))
            self.add("whole")
        else:
            high, low = divmod(node.value, 2**32)
            for part in (high, 2**32, low):
                self.add("push", float(part))
                self.add("whole")
                if part == 2**32:
                    self.add("whole*")
            self.add("whole+")

    def _name(self, node: Name) -> None:
        if node.delay is not None:
            raise _refused(node)
        if node.index is not None:
            self._element(node)
        elif self.locals is not None and node.name in self.locals:
            self.add("local", float(self.locals[node.name].slot))
        elif node.name in self.place.indices:
            is_integer = self.place.type_of(node.name) == "integer"
            self.add("integer" if is_integer else "variable", float(self.place.indices[node.name]))
        elif node.name == "t":
            self.add("push", 0.0)
        else:
            raise _refused(node)

    def _element(self, node: Name) -> None:
        """Append the look-up of `v[i]`."""
        assert node.index is not None
        local = self.locals.get(node.name) if self.locals is not None else None
        if local is not None and local.size is not None:
            self.whole(node.index)
            self.add("locals", float(local.slot))
            self.add("local_element", float(local.size))
            return
        if node.name not in self.place.vectors:
            where = "in an initial value or a guard"
            raise CannotGenerate(
                INITIAL,
                f"{shown(node.name)}: an index that is no number cannot be looked up {where}",
                node,
                "write the index as a number, or the vector's size",
            )
        self.whole(node.index)
        self.add("elements", float(self.place.indices[f"{node.name}[0]"]))
        self.add("element", float(self.place.vectors[node.name]))

    def _unary(self, node: Unary) -> None:
        if node.operator == "~":
            self.whole(node.operand)
            self.add("~")
            return
        self._number(node.operand)
        if node.operator == "not":
            self.add("not")
        elif node.operator == NEGATE:
            self.add("whole_neg")
        elif node.operator == "-":
            self.add("whole_neg" if self.is_whole(node.operand) else "neg")

    def _binary(self, node: Binary) -> None:
        operator = node.operator
        if operator in OPERATORS:
            self.whole(node.left)
            self.whole(node.right)
            self.add({"i**": "whole_pow"}.get(operator, _of_integers(operator[1:])))
        elif operator in ("and", "or"):
            self._either(node)
        elif operator in _BITS:
            self.whole(node.left)
            self.whole(node.right)
            self.add(operator)
        elif operator == "**":
            self._power(node.left, node.right)
        elif operator in _COMPARISONS and self.is_text(node.left) and self.is_text(node.right):
            self._text(node.left)
            self._text(node.right)
            self.add(operator)
        elif operator != "/" and self.is_whole(node.left) and self.is_whole(node.right):
            self._number(node.left)
            self._number(node.right)
            self.add(f"whole{operator}")
        else:
            self.real(node.left)
            self.real(node.right)
            self.add(operator)

    def _power(self, base: Expression, exponent: Expression) -> None:
        if self._is_whole_power(base, exponent):
            self._number(base)
            self._number(exponent)
            self.add("whole_pow")
        else:
            self.real(base)
            self.real(exponent)
            self.add("pow")

    def _either(self, node: Binary) -> None:
        """Append `and` or `or`; the right side is computed only if the left side does not decide."""
        self.real(node.left)
        if node.operator == "or":
            self.add("not")
        decided = self._jump("jump_unless")
        self.real(node.right)
        end = self._jump("jump")
        self._land(decided)
        self.add("push", float(node.operator == "or"))
        self._land(end)

    def _ternary(self, node: Ternary) -> None:
        """Append a choice; only the chosen value is computed, so that recursion ends."""
        append = self._text if self.is_text(node) else self._number if self.is_whole(node) else self.real
        self.real(node.condition)
        otherwise = self._jump("jump_unless")
        append(node.if_true)
        end = self._jump("jump")
        self._land(otherwise)
        append(node.if_false)
        self._land(end)

    def _call(self, node: Call) -> None:
        if plain(node.name) in self.place.functions or node.name in QUOTIENTS:
            self._own(node)
        elif node.name == INTEGER:
            self.whole(node.arguments[0])
        elif node.name == REAL:
            self.real(node.arguments[0])
        elif node.name[1:] in TEMPLATES:
            for item in node.arguments:
                self.whole(item)
            self.add(f"whole_{node.name[1:]}")
        elif looked_up(node):
            for item in node.arguments:
                self.whole(item)
            self.add("checked")
        elif node.name == "pow":
            self._power(*node.arguments)
        elif node.name in TEMPLATES:
            whole = self.is_whole(node)
            for item in node.arguments:
                self.whole(item) if whole else self.real(item)
            self.add(f"whole_{node.name}" if whole else node.name)
        elif node.name == "steps":
            self.real(node.arguments[0])
            self.add("steps")
            self.add("whole")
        elif node.name in ELEMENTARY or node.name == "resolution":
            for item in node.arguments:
                self.real(item)
            self.add(node.name)
        else:
            raise _refused(node)

    def _own(self, node: Call) -> None:
        """Append the call of a function of the model."""
        function = self._called(plain(node.name))
        for item, declared in zip(node.arguments, function.parameters, strict=True):
            self.value(item, basic(declared.type))
        self.calls.append((self.add("call"), function.name))

    # --- functions ------------------------------------------------------------------------------

    def _called(self, name: str) -> Function:
        return QUOTIENTS[name] if name in QUOTIENTS else self.place.functions[name]

    def _function(self, function: Function) -> None:
        self.locals = {
            item.name: _Local(slot, basic(item.type)) for slot, item in enumerate(function.parameters)
        }
        self.slots = len(function.parameters)
        self.add("enter", float(self.slots))
        reserve = self.add("reserve")
        self._statements(function.body, basic(function.returns))
        self.add("push")
        self.add("return")
        self.code[reserve] = "reserve", float(self.slots - len(function.parameters))
        self.locals = None

    def _statements(self, body: Iterable[Statement], returns: BasicName) -> None:
        assert self.locals is not None
        outer = dict(self.locals)
        for item in body:
            self._statement(item, returns)
        self.locals = outer

    def _statement(self, item: Statement, returns: BasicName) -> None:
        if isinstance(item, Declaration):
            self._declare(item)
        elif isinstance(item, Assignment):
            self._assign(item)
        elif isinstance(item, If):
            self._if(item, returns)
        elif isinstance(item, While):
            self._loop(lambda: self.real(item.condition), lambda: self._statements(item.body, returns))
        elif isinstance(item, For):
            self._for(item, returns)
        elif isinstance(item, CallStatement):
            if plain(item.call.name) not in self.place.functions:
                raise _refused(item.call)
            self._own(item.call)
            self.add("drop")
        else:
            assert isinstance(item, Return)
            self.value(item.value, returns) if item.value is not None else self.add("push")
            self.add("return")

    def _declare(self, item: Declaration) -> None:
        assert self.locals is not None
        type_ = basic(item.type)
        size = None
        if item.size is not None:
            found = number(item.size)
            if found is None:
                raise CannotGenerate(INITIAL, f"the size of {shown(item.name)} must be a number here", item)
            size = int(found)
        local = _Local(self.slots, type_, size)
        self.slots += size or 1
        if size is None:
            self.value(item.value if item.value is not None else _zero(type_), type_)
            self.add("set_local", float(local.slot))
        else:
            for slot in range(local.slot, self.slots):
                self.add("push")
                self.add("set_local", float(slot))
        self.locals[item.name] = local

    def _assign(self, item: Assignment) -> None:
        assert self.locals is not None
        target = item.target
        local = self.locals.get(target.name)
        if local is None:
            raise CannotGenerate(INITIAL, f"{shown(target.name)} cannot be assigned in a function", item)
        value = item.value
        if item.operator != "=":
            value = Binary(item.operator[:-1], target, value, span=item.span)
        self.value(value, local.type)
        if target.index is None:
            self.add("set_local", float(local.slot))
        else:
            self.whole(target.index)
            self.add("locals", float(local.slot))
            self.add("set_local_element", float(local.size or 0))

    def _if(self, item: If, returns: BasicName) -> None:
        ends = []
        for branch in item.branches:
            if branch.condition is None:
                self._statements(branch.body, returns)
                break
            self.real(branch.condition)
            otherwise = self._jump("jump_unless")
            self._statements(branch.body, returns)
            ends.append(self._jump("jump"))
            self._land(otherwise)
        self._land(*ends)

    def _loop(self, condition: Callable[[], None], body: Callable[[], None]) -> None:
        start = len(self.code)
        condition()
        end = self._jump("jump_unless")
        body()
        self.add("jump", float(start))
        self._land(end)

    def _for(self, item: For, returns: BasicName) -> None:
        counter = Name(item.variable, span=item.span)
        up = Binary("<", counter, item.stop)
        down = Binary(">", counter, item.stop)
        step = number(item.step)
        going = up if step is not None and step > 0 else down if step is not None else None
        condition = going or Ternary(Binary(">", item.step, Literal(0)), up, down)

        def body() -> None:
            self._statements(item.body, returns)
            self._assign(Assignment(counter, "+=", item.step, span=item.span))

        self._assign(Assignment(counter, "=", item.start, span=item.span))
        self._loop(lambda: self.real(condition), body)


def _of_integers(sign: str) -> str:
    """Return the name of the operation for an operator on two integers."""
    return sign if sign in _BITS else f"whole{sign}"


def _zero(type_: BasicName) -> Expression:
    return String("") if type_ == "string" else Literal(0)


def _refused(node: Expression) -> CannotGenerate:
    what = getattr(node, "name", getattr(node, "operator", "this"))
    return CannotGenerate(INITIAL, f"{shown(str(what))} cannot be used in an initial value or a guard", node)
