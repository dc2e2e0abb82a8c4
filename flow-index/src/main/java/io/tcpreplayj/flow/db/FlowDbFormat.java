package io.tcpreplayj.flow.db;

/**
 * The layout of a flow database, version 6; the page is {@code flow-index/FORMAT.md}. All integers are little-endian.
 *
 * <pre>
 * FlowDb = Header (Block* Directory Commit)+
 *
 *   0      8              24   26    28                      44     48
 *   +------+--------------+----+-----+-----------------------+------+
 *   | magic| format name  |ver.| rsv |      database id      |crc32c|   Header
 *   +------+--------------+----+-----+-----------------------+------+
 *
 *   0    1     2        4         8         12
 *   +----+-----+--------+---------+---------+----------------
 *   |type|codec|reserved| length  | crc32c  | payload ...               Block
 *   +----+-----+--------+---------+---------+----------------
 *
 *   ... | PAYLOAD | FLOWS | PAYLOAD | FLOWS | CAPTURE | DIRECTORY | COMMIT |
 *          ^         ^                          ^         ^          |
 *          |         +--- directory rows -------|---------+----------+--&gt; previous COMMIT
 *          +------------- directory rows        +--------------------+
 * </pre>
 */
final class FlowDbFormat {
    static final int VERSION = 6;
    static final int OLDEST_VERSION = 1;

    /** The first in which a flow record names its tunnel. */
    static final int VERSION_WITH_TUNNEL = 2;

    /** The first in which a capture's record tells how much of the payload was kept. */
    static final int VERSION_WITH_KEPT = 3;

    /** The first in which client events tell how many bytes are missing before them. */
    static final int VERSION_WITH_MISSING = 4;

    /** The first with the client's headers and its acknowledgements. */
    static final int VERSION_WITH_HEADERS = 5;

    /** The first with UDP conversations. */
    static final int VERSION_WITH_UDP = 6;

    /** Like PNG's: a transfer that changes line ends or stops at control-Z damages it visibly. */
    static final long MAGIC = 0x0a1a_0a0d_4244_4654L;

    static final String FORMAT_NAME = "tcpreplay-j flow";

    static final int HEADER_MAGIC_OFFSET = 0;
    static final int HEADER_FORMAT_NAME_OFFSET = 8;
    static final int HEADER_VERSION_OFFSET = 24;
    static final int HEADER_RESERVED_OFFSET = 26;
    static final int HEADER_DATABASE_ID_OFFSET = 28;
    static final int HEADER_CRC32C_OFFSET = 44;
    static final int HEADER_LENGTH = 48;

    static final int BLOCK_TYPE_OFFSET = 0;
    static final int BLOCK_CODEC_OFFSET = 1;
    static final int BLOCK_RESERVED_OFFSET = 2;
    static final int BLOCK_PAYLOAD_LENGTH_OFFSET = 4;
    static final int BLOCK_CRC32C_OFFSET = 8;
    static final int BLOCK_LENGTH = 12;

    static final byte TYPE_PAYLOAD = 1;
    static final byte TYPE_FLOWS = 2;
    static final byte TYPE_CAPTURE = 3;
    static final byte TYPE_DIRECTORY = 4;
    static final byte TYPE_COMMIT = 5;

    /** The only codec: the payload as it is. */
    static final byte CODEC_NONE = 0;

    static final int ROW_ID_OFFSET = 0;
    static final int ROW_START_NS_OFFSET = 8;
    static final int ROW_RECORD_BLOCK_OFFSET = 16;
    static final int ROW_RECORD_POSITION_OFFSET = 24;
    static final int ROW_RECORD_BYTES_OFFSET = 28;
    static final int ROW_PAYLOAD_BLOCK_OFFSET = 32;
    static final int ROW_PAYLOAD_POSITION_OFFSET = 40;
    static final int ROW_CAPTURE_ID_OFFSET = 44;
    static final int ROW_PAYLOAD_BYTES_OFFSET = 48;
    static final int ROW_LENGTH = 56;

    static final int COMMIT_NUMBER_OFFSET = 0;
    static final int COMMIT_BLOCKS_OFFSET = 4;
    static final int COMMIT_BEGIN_OFFSET = 8;
    static final int COMMIT_PREVIOUS_OFFSET = 16;
    static final int COMMIT_DIRECTORY_OFFSET = 24;
    static final int COMMIT_FLOWS_OFFSET = 32;
    static final int COMMIT_TOTAL_FLOWS_OFFSET = 40;
    static final int COMMIT_NEXT_FLOW_ID_OFFSET = 48;
    static final int COMMIT_CAPTURE_OFFSET = 56;
    static final int COMMIT_LENGTH = 64;

    /** A block's first 8 bytes when it is a commit: what the scan from the end looks for. */
    static final long COMMIT_SIGNATURE = TYPE_COMMIT | ((long) COMMIT_LENGTH << 32);

    /** Readers refuse a longer block payload before they allocate. */
    static final int MAX_BLOCK_PAYLOAD = 1 << 20;

    /** Where the writer begins a new block; small, because a reader checks a whole block to get one flow. */
    static final int BLOCK_TARGET = 1 << 16;

    static final int MAX_ROWS_PER_BLOCK = MAX_BLOCK_PAYLOAD / ROW_LENGTH;

    /** Kryo class ids of all versions. 0 to 9 are Kryo's own. */
    static final int CLASS_FLOW_RECORD = 10;

    static final int CLASS_CAPTURE_INFO = 11;
    static final int CLASS_STREAM_SUMMARY = 12;
    static final int CLASS_OPENING = 13;
    static final int CLASS_CLIENT_EVENTS = 14;
    static final int CLASS_EXCHANGES = 15;
    static final int CLASS_CLIENT_ACKS = 16;
    static final int CLASS_SERVER_DATAGRAMS = 17;

    private FlowDbFormat() {}
}
