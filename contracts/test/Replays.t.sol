// SPDX-License-Identifier: MIT
// Every message of the protocol shown where it does not belong: in another channel, under other terms, on another chain,
// to another contract, as a message of another kind, and a second time. None of it moves a unit, and each is refused for
// what is wrong with it and nothing else.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, ClaimRow, Receipt, RowOutcome, State, Status} from "../types/Channel.sol";
import {Escrow} from "./ChannelTest.sol";
import {Permit2Test} from "./permit2/Permit2Test.sol";
import {TestDollar} from "./TestDollar.sol";
import {vm} from "./Vm.sol";

contract ReplaysTest is Permit2Test {
    enum Kind {
        StateInClaim,
        StateInClose,
        Receipt,
        Refund,
        Close,
        Exit,
        Authorization,
        Permit2
    }

    uint256 private constant KINDS = 8;
    uint256 private constant TERMS = 7;
    bytes32 private constant SALT = keccak256("deposit");
    State private _state = State({nonce: 3, owed: 60, earned: 40, credited: 5});
    Receipt private _receipt = Receipt({nonce: 3, charged: 1, credited: 20, ref: keccak256("ref")});
    mapping(address account => uint256) private _keys;
    TestDollar private _otherDollar;

    /// @dev A message of one kind: both signatures for a cooperative close, otherwise one.
    struct Message {
        bytes first;
        bytes second;
    }

    function setUp() public override {
        super.setUp();
        uint256[4] memory keys = [PAYER_KEY, PAYER_SIGNER_KEY, PAYEE_SIGNER_KEY, THIEF_KEY];
        _otherDollar = new TestDollar();
        for (uint256 i = 0; i < keys.length; i++) {
            address account = vm.addr(keys[i]);
            _keys[account] = keys[i];
            // Whoever is a payer could pay in, in either token: only the signature is in the way.
            endow(dollar, account);
            endow(_otherDollar, account);
        }
    }

    function endow(TestDollar token, address account) private {
        token.mint(account, 1000);
        vm.prank(account);
        token.approve(PERMIT2, type(uint256).max);
    }

    /// @dev Signed by who is to sign it in this channel.
    function sign(Kind kind, Channel memory channel) private view returns (Message memory message) {
        (uint256 payerSigner, uint256 payeeSigner) = (_keys[channel.payerSigner], _keys[channel.payeeSigner]);
        if (kind == Kind.StateInClaim || kind == Kind.StateInClose) {
            message.first = signBytes(payerSigner, stateDigest(channel, _state));
        } else if (kind == Kind.Receipt) {
            message.first = receiptBy(payeeSigner, channel, _receipt);
        } else if (kind == Kind.Refund) {
            message.first = refundBy(payeeSigner, channel, 0, 15, NEVER);
        } else if (kind == Kind.Close) {
            message.first = closeBy(payerSigner, channel, 50, NEVER);
            message.second = closeBy(payeeSigner, channel, 50, NEVER);
        } else if (kind == Kind.Exit) {
            message.first = signBytes(payerSigner, exitDigest(channel, NEVER));
        } else if (kind == Kind.Authorization) {
            bytes32 id = channels.channelId(channel);
            bytes32 digest = authorizationDigest(TestDollar(channel.token), channel.payer, 25, id, SALT);
            message.first = signBytes(_keys[channel.payer], digest);
        } else {
            message.first = permit2By(_keys[channel.payer], channel, 25, 7);
        }
    }

    /// @dev Shows a message to a contract for a channel; says whether it counted, or else how it was refused: with what
    /// the call reverted, or the outcome of the row.
    function show(Escrow target, Kind kind, Channel memory channel, Message memory message)
        private
        returns (bool counted, bytes memory refusal)
    {
        bytes memory data;
        if (kind == Kind.StateInClaim) {
            ClaimRow[] memory rows = new ClaimRow[](1);
            (bytes32 r, bytes32 vs) = abi.decode(compacted(message.first), (bytes32, bytes32));
            rows[0] = ClaimRow(channel.payer, channel.payerSigner, channel.salt, _state, r, vs);
            (uint256 paid, RowOutcome[] memory outcomes) = target.claim(termsOf(channel), rows);
            return (paid != 0, abi.encode(outcomes[0]));
        } else if (kind == Kind.StateInClose) {
            data = abi.encodeCall(target.startClose, (channel, _state, 50, message.first));
        } else if (kind == Kind.Receipt) {
            data = abi.encodeCall(target.challenge, (channel, _receipt, message.first));
        } else if (kind == Kind.Refund) {
            data = abi.encodeCall(target.refund, (channel, 0, 15, NEVER, message.first));
        } else if (kind == Kind.Close) {
            data = abi.encodeCall(target.closeCooperative, (channel, 50, NEVER, message.first, message.second));
        } else if (kind == Kind.Exit) {
            data = abi.encodeCall(target.requestExitWithSignature, (channel, NEVER, message.first));
        } else if (kind == Kind.Authorization) {
            data = abi.encodeCall(target.depositWithAuthorization, (channel, 25, 0, NEVER, SALT, message.first));
        } else {
            data = abi.encodeCall(target.depositWithPermit2, (channel, 25, 7, NEVER, message.first));
        }
        vm.prank(kind == Kind.StateInClose ? channel.payee : address(0xBAD));
        return address(target).call(data);
    }

    /// @dev How a message is refused that somebody signed, but not who must have, or not this.
    function notSigned(Kind kind, Channel memory channel) private pure returns (bytes memory) {
        if (kind == Kind.StateInClaim) return abi.encode(RowOutcome.InvalidSignature);
        if (kind == Kind.Authorization) return abi.encodeWithSelector(TestDollar.InvalidSignature.selector);
        if (kind == Kind.Permit2) return abi.encodeWithSelector(InvalidSigner.selector);
        address signer = channel.payerSigner;
        if (kind == Kind.Receipt || kind == Kind.Refund) signer = channel.payeeSigner;
        else if (kind == Kind.Exit) signer = channel.payer;
        return abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, signer);
    }

    /// @dev How a message is refused that counted before.
    function notAgain(Kind kind, Channel memory channel) private view returns (bytes memory) {
        if (kind == Kind.StateInClaim) return abi.encode(RowOutcome.NothingNew);
        if (kind == Kind.StateInClose) return wrongStatus(channel, Status.Closing);
        if (kind == Kind.Refund) return abi.encodeWithSelector(IStateChannels.WrongRefundNonce.selector, 1, 0);
        if (kind == Kind.Exit) return wrongStatus(channel, Status.Exiting);
        if (kind == Kind.Authorization) {
            bytes32 nonce = keccak256(abi.encode(channels.channelId(channel), SALT));
            return abi.encodeWithSelector(TestDollar.AuthorizationAlreadyUsed.selector, channel.payer, nonce);
        }
        if (kind == Kind.Permit2) return abi.encodeWithSelector(InvalidNonce.selector);
        return wrongStatus(channel, Status.Closed);
    }

    function requireGood(Escrow target, Kind kind, Channel memory channel, Message memory message) private {
        (bool counted,) = show(target, kind, channel, message);
        require(counted, "refused where it belongs");
    }

    function requireRefused(
        Escrow target,
        Kind kind,
        Channel memory channel,
        Message memory message,
        bytes memory expected
    ) private {
        (bool counted, bytes memory refusal) = show(target, kind, channel, message);
        require(!counted, "good where it does not belong");
        require(keccak256(refusal) == keccak256(expected), "refused for something else");
    }

    /// @dev A channel in which a message of this kind can do something, if it is good.
    function ready(Escrow target, Kind kind, Channel memory channel) private {
        TestDollar token = TestDollar(channel.token);
        token.mint(address(this), 100);
        token.approve(address(target), 100);
        target.deposit(channel, 100);
        if (kind != Kind.Receipt) return;
        // The payee asks for all that is owed; its receipt of 20 credited exceeds the headroom of 5.
        Escrow here = channels;
        channels = target;
        bytes memory signature = sign(Kind.StateInClose, channel).first;
        channels = here;
        vm.prank(channel.payee);
        target.startClose(channel, _state, 60, signature);
    }

    function test_each_message_is_good_where_it_belongs_and_only_once() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            ready(channels, kind, channel);
            Message memory message = sign(kind, channel);
            requireGood(channels, kind, channel, message);
            requireRefused(channels, kind, channel, message, notAgain(kind, channel));
        }
    }

    function test_no_message_counts_in_another_channel_of_the_same_parties() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            Channel memory other = newChannel();
            ready(channels, kind, channel);
            ready(channels, kind, other);
            requireRefused(channels, kind, other, sign(kind, channel), notSigned(kind, other));
        }
    }

    function test_no_message_counts_under_terms_that_differ_in_anything() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            for (uint256 term = 0; term < TERMS; term++) {
                uint256 snapshot = vm.snapshotState();
                Channel memory channel = newChannel();
                Message memory message = sign(kind, channel);
                if (term == 0) channel.payer = vm.addr(THIEF_KEY);
                else if (term == 1) channel.payerSigner = vm.addr(THIEF_KEY);
                else if (term == 2) channel.payee = address(0xBAD);
                else if (term == 3) channel.payeeSigner = vm.addr(THIEF_KEY);
                else if (term == 4) channel.token = address(_otherDollar);
                else if (term == 5) channel.exitDelay += 1;
                else channel.challengePeriod += 1;
                ready(channels, kind, channel);
                requireRefused(channels, kind, channel, message, notSigned(kind, channel));
                requireGood(channels, kind, channel, sign(kind, channel));
                vm.revertToState(snapshot);
            }
        }
    }

    function test_no_message_counts_in_another_contract() external {
        Escrow other = deployEscrow();
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            ready(channels, kind, channel);
            Message memory message = sign(kind, channel);
            ready(other, kind, channel);
            requireRefused(other, kind, channel, message, notSigned(kind, channel));
        }
    }

    function test_no_message_counts_on_another_chain() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            ready(channels, kind, channel);
            Message memory message = sign(kind, channel);
            vm.chainId(8453);
            ready(channels, kind, channel);
            requireRefused(channels, kind, channel, message, notSigned(kind, channel));
            requireGood(channels, kind, channel, sign(kind, channel));
            vm.chainId(31337);
        }
    }

    function test_no_message_counts_as_one_of_another_kind() external {
        for (uint256 k = 0; k < KINDS; k++) {
            for (uint256 j = 0; j < KINDS; j++) {
                Kind kind = Kind(k);
                Kind shownAs = Kind(j);
                bool sameMessage = kind <= Kind.StateInClose && shownAs <= Kind.StateInClose;
                if (k == j || sameMessage) continue;
                Channel memory channel = newChannel();
                ready(channels, shownAs, channel);
                Message memory message = sign(kind, channel);
                if (message.second.length == 0) message.second = message.first;
                requireRefused(channels, shownAs, channel, message, notSigned(shownAs, channel));
            }
        }
    }
}
